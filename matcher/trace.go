package matcher

// Traced is a candidate as the model sees it.
type Traced struct {
	AccountID string
	Features  []float32 // in the order of FeatureNames; valid until the next Trace into the same slice
	Stratum   string    // kind of evidence that it is calibrated with when it is first
}

// FeatureNames are the names of the model's features.
func FeatureNames() []string {
	names := make([]string, numFeatures)
	for i := range featureInfo {
		names[i] = featureInfo[i].name
	}
	return names
}

// Found appends the ids of the accounts that the search chooses, for measuring it. Those that come near enough are scored.
func (s *Snapshot) Found(dst []string, lead *Lead) []string {
	x := scratch{snap: s}
	for _, c := range x.search(lead) {
		dst = append(dst, s.segs[c.seg].record(c.account).id())
	}
	return dst
}

// search returns the candidates that the search chooses for the lead.
func (x *scratch) search(lead *Lead) []candidate {
	x.finder.reset(x.snap)
	x.query.read(x.snap, lead)
	x.find()
	return x.finder.choose(&x.query)
}

// Trace appends the candidates of a lead with their features, for fitting a model to labelled leads.
func (s *Snapshot) Trace(dst []Traced, lead *Lead) []Traced {
	x := scratch{snap: s}
	x.score(x.search(lead))
	x.interplay()
	for i := range x.scored {
		c := &x.scored[i]
		dst = append(dst, Traced{
			AccountID: s.segs[c.seg].record(c.account).id(),
			Features:  append([]float32(nil), c.feat[:]...),
			Stratum:   stratumNames[c.stratum(&x.query)],
		})
	}
	return dst
}
