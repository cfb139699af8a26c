package ingest

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// readCustom takes over the fields of type event.
func (r *Run) readCustom() *verdict {
	h, e := r.hit, r.event
	e.Action = safeText(h.Action, analytics.MaxAction)
	if e.Action == "" {
		e.Action = "custom_event"
	}
	e.Category = safeText(h.Category, analytics.MaxCategory)
	e.Label = safeText(h.Label, analytics.MaxLabel)
	if h.Value != nil {
		text, ok := numberText(h.Value)
		if ok {
			e.Value, ok = parseFixed(text)
		}
		if !ok {
			return rejected("Value must be a number")
		}
		e.HasValue = true
	}
	e.Properties = readProperties(h.Properties)
	return nil
}

// readProperties keeps the first keys in ascending order; what has no valid key or no scalar value is dropped before they are counted.
func readProperties(sent map[string]any) []analytics.Property {
	if len(sent) == 0 {
		return nil
	}
	list := make([]analytics.Property, 0, min(len(sent), analytics.MaxProperties+1))
	for key, value := range sent {
		p, ok := property(key, value)
		if !ok {
			continue
		}
		// The list stays sorted and short, however many keys come.
		at, _ := slices.BinarySearchFunc(list, key, func(p analytics.Property, key string) int { return strings.Compare(p.Key, key) })
		if at == analytics.MaxProperties {
			continue
		}
		list = slices.Insert(list, at, p)
		list = list[:min(len(list), analytics.MaxProperties)]
	}
	for i := range list {
		if list[i].Type == analytics.StringProperty {
			list[i].Text = safeText(list[i].Text, analytics.MaxProperty)
		}
	}
	return list
}

func property(key string, value any) (p analytics.Property, ok bool) {
	if !matchesAll(key, 1, analytics.MaxPropertyKey, &keyBytes) {
		return p, false
	}
	p.Key = key
	switch v := value.(type) {
	case string:
		p.Type, p.Text = analytics.StringProperty, v
		return p, true
	case bool:
		p.Type, p.Text = analytics.BoolProperty, strconv.FormatBool(v)
		return p, true
	}
	text, ok := numberText(value)
	if !ok {
		return p, false
	}
	p.Type = analytics.NumberProperty
	p.Text, ok = plainNumber(text)
	return p, ok
}

// plainNumber gives equal numbers one text: whole numbers of up to 18 digits as they are, others as the shortest text of their float64.
// ok is false for one beyond its range.
func plainNumber(text string) (plain string, ok bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) <= 19 {
		return strconv.FormatInt(n, 10), true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "", false
	}
	if f == 0 {
		return "0", true
	}
	if a := math.Abs(f); a < 1e-6 || a >= 1e21 {
		return strconv.FormatFloat(f, 'e', -1, 64), true
	}
	return strconv.FormatFloat(f, 'f', -1, 64), true
}
