package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/adrg/strutil"
	"github.com/adrg/strutil/metrics"

	"github.com/leadmatch/leadmatch/bench/results"
)

// defaultMetric was held against SorensenDice alone, on 700 leads of each labelled set by what Bleve finds: it is first for
// 0.605 of nsi's and SorensenDice for 0.550, it assigns more in most sets, and it takes a third of the time.
const defaultMetric = "JaroWinkler"

// metricsByName are strutil's, as they come; their n-grams are of two characters.
var metricsByName = map[string]strutil.StringMetric{
	"Jaccard":            metrics.NewJaccard(),
	"Jaro":               metrics.NewJaro(),
	"JaroWinkler":        metrics.NewJaroWinkler(),
	"Levenshtein":        metrics.NewLevenshtein(),
	"OverlapCoefficient": metrics.NewOverlapCoefficient(),
	"SmithWatermanGotoh": metrics.NewSmithWatermanGotoh(),
	"SorensenDice":       metrics.NewSorensenDice(),
}

func metricNames() []string { return slices.Sorted(maps.Keys(metricsByName)) }

// systems returns what is measured, and says of what is left out why.
func (c *config) systems(ctx context.Context) (systems []*system, leftOut []string, err error) {
	revision, metric := "revision "+results.Revision(), metricsByName[c.metric]
	systems = []*system{inProcess(revision), overGRPC(revision)}
	switch version, err := postgresVersion(ctx); {
	case errors.Is(err, errNoPostgres):
		leftOut = append(leftOut, fmt.Sprintf("PostgreSQL is left out: %v.", err))
	case err != nil:
		return nil, nil, err
	default:
		version += ", pgx " + moduleVersion("github.com/jackc/pgx/v5")
		systems = append(systems, postgresGIN(version), postgresGiST(version))
	}
	systems = append(systems,
		bleveSearch(metric, c.metric, moduleVersion("github.com/blevesearch/bleve/v2")),
		bruteForce(metric, c.metric, moduleVersion("github.com/adrg/strutil")))
	systems = slices.DeleteFunc(systems, func(s *system) bool { return !strings.Contains(s.name, c.only) })
	if len(systems) == 0 {
		return nil, nil, fmt.Errorf("-only is %q, which is in no system's name", c.only)
	}
	return systems, leftOut, nil
}

// moduleVersion is the version of a module that this program was built with.
func moduleVersion(path string) string {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return "unknown"
}
