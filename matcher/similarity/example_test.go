package similarity_test

import (
	"fmt"

	"github.com/leadmatch/leadmatch/matcher/similarity"
)

func Example() {
	fmt.Printf("%.3f\n", similarity.JaroWinkler{}.Compare("siemens", "seimens"))
	fmt.Printf("%.3f\n", similarity.OSA{}.Compare("siemens", "seimens"))
	fmt.Println(similarity.Distance("electric", "electirc", 2), similarity.Within1("müller", "muller"))
	// Output:
	// 0.957
	// 0.857
	// 1 true
}
