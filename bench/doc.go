// Package bench holds leadmatch's figures and the floors under them. Its folders:
//
//	sample   a small book of real companies, and leads with their answers
//	corpus   accounts and leads of any number, made up from a seed
//	guard    what deciding a lead costs, held to a file of figures
//	compare  the engine against another commit's
//	quality  how well the engine decides on labelled leads
//	retyped  decisions on leads made of the names of a book
//	million  a server with a million accounts, or several with ten thousand to ten million
//	service  a server with a million accounts, under load
//	console  the console's pages with a million accounts, in a browser
//	leadbench  the load tool, for any server
//	impact   how many leads need not be decided again when accounts change
//	demo     the whole service on the sample, for people to look at
//	results  RESULTS.md, in which the figures are kept
//	peers    PostgreSQL, Bleve and strutil beside leadmatch; a module of its own, so that theirs are not needed here
//	load     what puts a server under load
//	plot     line charts as SVG files
//	churn    what changes of books of accounts are like
//	book, local, timing   what these share: files of accounts, programs to run, the engine's time for a lead
//
// The engine's benchmarks stand in this folder; make bench runs them.
package bench
