// Package normalize reads company names, web domains, e-mail addresses, phone numbers and places as people type them
// and gives each one spelling, classified. It throws nothing away: a legal form, a stop word or a department is marked
// as such, for the scorer to weigh.
package normalize
