package normalize

type FormLevel uint8

const (
	FormMissing FormLevel = iota
	FormSame
	FormFamily
	FormDifferent
	FormIncompatible
)

func (f LegalForm) Compare(g LegalForm) FormLevel { return FormMissing }

func (f LegalForm) Name() string { return "" }
