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

// Trace appends the candidates of a lead with their features, for fitting a model to labelled leads.
func (s *Snapshot) Trace(dst []Traced, lead *Lead) []Traced {
	var x scratch
	x.snap = s
	x.finder.reset(s)
	x.query.read(s, lead)
	x.find()
	x.score(x.finder.choose(&x.query))
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
