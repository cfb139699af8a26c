package report

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// maxQueries is the most queries of one batch.
const maxQueries = 20

// NamedQuery is one query of a batch (POST /api/query, topic query).
type NamedQuery struct {
	ID     string
	Params QueryParams
	Err    error // a parameter has the wrong JSON type: analytics.Invalid
}

// ParseQueries reads the member queries of a batch. Errors about the whole of it are analytics.Invalid.
func ParseQueries(queries json.RawMessage) ([]NamedQuery, error) {
	var list []json.RawMessage
	if json.Unmarshal(queries, &list) != nil || len(list) < 1 || len(list) > maxQueries {
		return nil, analytics.Invalid("queries must be an array of 1 to 20 queries")
	}
	out := make([]NamedQuery, len(list))
	known := make(map[string]bool)
	for i, raw := range list {
		var members map[string]json.RawMessage
		id := ""
		if json.Unmarshal(raw, &members) != nil || json.Unmarshal(members["id"], &id) != nil || !isQueryID(id) {
			return nil, analytics.Invalid("Invalid query id")
		}
		if known[id] {
			return nil, analytics.Invalid("Duplicate query id: " + id)
		}
		known[id] = true
		out[i].ID = id
		out[i].Params, out[i].Err = queryParams(members)
	}
	return out, nil
}

func isQueryID(id string) bool {
	if id == "" || len(id) > 32 {
		return false
	}
	for i := range len(id) {
		if !isWord(id[i]) && id[i] != '_' && id[i] != '-' {
			return false
		}
	}
	return true
}

// queryParams reads the parameters of a query: texts, limit and offset also as numbers, metrics also as an array. null is absent.
func queryParams(members map[string]json.RawMessage) (p QueryParams, err error) {
	for _, m := range []struct {
		name string
		kind string
		read func(json.RawMessage) (string, bool)
		into *string
	}{
		{"site_id", "string", textParam, &p.SiteID}, {"period", "string", textParam, &p.Period},
		{"date_from", "string", textParam, &p.DateFrom}, {"date_to", "string", textParam, &p.DateTo},
		{"metrics", "string", listParam, &p.Metrics}, {"property", "string", textParam, &p.Property},
		{"interval", "string", textParam, &p.Interval}, {"filters", "string", textParam, &p.Filters},
		{"compare", "string", textParam, &p.Compare}, {"value_of", "string", textParam, &p.ValueOf},
		{"order", "string", textParam, &p.Order}, {"search", "string", textParam, &p.Search},
		{"limit", "number", numberParam, &p.Limit}, {"offset", "number", numberParam, &p.Offset},
	} {
		raw, sent := members[m.name]
		if !sent || string(raw) == "null" {
			continue
		}
		text, ok := m.read(raw)
		if !ok {
			return p, analytics.Invalid(m.name + " must be a " + m.kind)
		}
		*m.into = text
	}
	return p, nil
}

func textParam(raw json.RawMessage) (string, bool) {
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

func listParam(raw json.RawMessage) (string, bool) {
	if !bytes.HasPrefix(raw, []byte("[")) {
		return textParam(raw)
	}
	var list []string
	err := json.Unmarshal(raw, &list)
	return strings.Join(list, ","), err == nil
}

func numberParam(raw json.RawMessage) (string, bool) {
	var n json.Number
	err := json.Unmarshal(raw, &n)
	return n.String(), err == nil
}
