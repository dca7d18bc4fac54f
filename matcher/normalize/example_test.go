package normalize_test

import (
	"fmt"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

func ExampleDomain() {
	var d normalize.Domain
	for _, s := range []string{"John <john@shop.acme.co.uk>", "https//www.facebook.com/Acme", "x@gmail.con"} {
		d.Parse(s)
		fmt.Printf("%s: %q of %q\n", d.Registrable, d.Identity, d.Stem)
	}
	// Output:
	// acme.co.uk: "acme.co.uk" of "acme"
	// facebook.com: "facebook.com/acme" of "acme"
	// gmail.com: "" of "gmail"
}

func ExampleParsePhone() {
	us := normalize.ParseCountry("United States")
	a := normalize.ParsePhone("(210) 220-4011 ext. 5", us)
	b := normalize.ParsePhone("+1 210 220 4011", 0)
	fmt.Printf("%s %v %v\n", a.Number[:a.Len], b.Country, a.Hash == b.Hash)
	// Output: 12102204011 US true
}

func ExampleParsePlaces() {
	a := normalize.ParsePlaces("Deutschland", "Bayern", "80331 München", "D-80331")
	b := normalize.ParsePlaces("Germany", "Bavaria", "Munich", "80331")
	fmt.Println(a.Country, a == b)
	// Output: DE true
}
