package main

import (
	"fmt"
	"strconv"
	"strings"
)

// figure is one line that a part of the load tests printed: what was measured, and the bounds that it should keep. A bound is "≤ 5 ms", "≥ 35" or,
// for what must be just so, "100 %"; an empty one is none.
type figure struct{ id, what, value, gate, stretch string }

// marker begins a figure in the output of a test; its parts are separated by bars.
const marker = "figure: "

// parseFigure finds a figure in a line of output.
func parseFigure(line string) (f figure, ok bool) {
	_, text, ok := strings.Cut(line, marker)
	if !ok {
		return figure{}, false
	}
	parts := strings.Split(text, "|")
	if len(parts) != 5 {
		return figure{}, false
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return figure{parts[0], parts[1], parts[2], parts[3], parts[4]}, true
}

// quantity is a number with its unit.
type quantity struct {
	number float64
	unit   string
}

func parseQuantity(text string) (quantity, error) {
	unit := strings.TrimLeft(text, "-0123456789,.")
	number := strings.TrimSuffix(text, unit)
	n, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	if err != nil {
		return quantity{}, fmt.Errorf("%q begins with no number", text)
	}
	return quantity{n, strings.TrimSpace(unit)}, nil
}

// keeps compares a value with a bound of the same unit.
func keeps(value, bound string) (bool, error) {
	v, err := parseQuantity(value)
	if err != nil {
		return false, err
	}
	relation, rest := "=", bound
	for _, r := range []string{"≤ ", "≥ "} {
		if after, ok := strings.CutPrefix(bound, r); ok {
			relation, rest = strings.TrimSpace(r), after
		}
	}
	b, err := parseQuantity(rest)
	if err != nil {
		return false, err
	}
	if v.unit != b.unit {
		return false, fmt.Errorf("%q and %q have different units", value, bound)
	}
	switch relation {
	case "≤":
		return v.number <= b.number, nil
	case "≥":
		return v.number >= b.number, nil
	}
	return v.number == b.number, nil
}

// verdict compares the figure with its bounds; a figure without a gate is there to be known.
func (f figure) verdict() (string, error) {
	if f.gate == "" {
		return "", nil
	}
	if f.stretch != "" {
		if ok, err := keeps(f.value, f.stretch); err != nil || ok {
			return "stretch reached", err
		}
	}
	if ok, err := keeps(f.value, f.gate); err != nil || ok {
		return "gate reached", err
	}
	v, err := parseQuantity(f.value)
	if err != nil {
		return "", err
	}
	g, err := parseQuantity(strings.TrimPrefix(strings.TrimPrefix(f.gate, "≤ "), "≥ "))
	if err != nil || g.number == 0 {
		return "**missed**", err
	}
	off := 100 * (v.number/g.number - 1)
	if off > 0 {
		return fmt.Sprintf("**missed**, %.0f %% above the gate", off), nil
	}
	return fmt.Sprintf("**missed**, %.0f %% below the gate", -off), nil
}
