package matcher

// Account is a company as the CRM knows it. The engine takes any text: what it cannot read it ignores.
type Account struct {
	ID        string
	Name      string
	Aliases   []string
	Domains   []string // domains, web addresses or e-mail addresses
	Phones    []string
	Addresses []Address
	ParentID  string // account that owns this one; it need not exist
	OwnerID   string
	Labels    map[string]string  // for filters and tie-breaks
	Numbers   map[string]float64 // for filters and tie-breaks; finite
}

// Address is a place as typed; empty parts are neutral.
type Address struct {
	Country string
	Region  string
	City    string
	Postal  string
	Street  string
}

// Lead is a person's company as typed. Every field may be empty.
type Lead struct {
	ID      string // handed back with the outcome; not evidence
	Company string
	Email   string
	Website string
	Phone   string
	Address Address
}

// Action says what an override does.
type Action uint8

const (
	Force  Action = iota + 1 // leads with the key always go to the account
	Forbid                   // leads with the key never go to the account
)

// Override is a person's word on the leads that have its key; it wins over the model. The key is a domain, a company
// name, or both; of several that fit a lead, name and domain beats domain beats name.
type Override struct {
	ID        string
	Action    Action
	AccountID string
	Domain    string
	Company   string
}
