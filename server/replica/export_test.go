package replica

// SmallSteps makes steps so small that many are between two states of the log.
func SmallSteps() { stepBytes = 200 }
