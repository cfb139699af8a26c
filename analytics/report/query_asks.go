package report

// AsksOf are the questions of several queries of one site, to be answered on one state of it.
func AsksOf(queries []*Query) []Ask {
	var asks []Ask
	for _, q := range queries {
		asks = append(asks, q.Asks()...)
	}
	return asks
}

// AnswersOf makes the answers, in the order of the queries, of the sums of AsksOf.
func AnswersOf(queries []*Query, sums []Sum) []Object {
	answers := make([]Object, len(queries))
	for i, q := range queries {
		n := len(q.Asks())
		answers[i] = q.Answer(sums[:n])
		sums = sums[n:]
	}
	return answers
}
