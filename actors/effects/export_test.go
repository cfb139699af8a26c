package effects

// SeedRows sets in how many rows the latest events are looked for. It is called before anybody asks for them.
func (e *Effects) SeedRows(most int) { e.most = most }
