package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// TestOracleLoadsExports writes the rows of a stream as an export does, and expects the oracle that reads them to hold the same rows.
func TestOracleLoadsExports(t *testing.T) {
	s, told := RandomStream(5), NewOracle(t)
	var export bytes.Buffer
	for range 20 {
		for i, e := range s.Batch() {
			id := fmt.Sprintf("evt_%d_%d", s.made, i)
			if !told.Add(&e, id) {
				continue
			}
			row := rowOf(&e)
			row.EventID, row.Session = id, told.session(&e, id)
			if e.ID != "" {
				row.EventID = e.ID.Text()
			}
			require.NoError(t, json.NewEncoder(&export).Encode(row))
		}
	}
	read := NewOracle(t)
	require.NoError(t, read.LoadNDJSON(&export))
	require.Equal(t, told.Len(), read.Len())
	for _, table := range []string{"events", "props"} {
		require.Empty(t, cmp.Diff(dump(told, table), dump(read, table)))
	}
	require.Error(t, read.LoadNDJSON(strings.NewReader(`{"event_id":1}`)))
	require.Error(t, read.LoadNDJSON(strings.NewReader(`{"value":"ten"}`)))
}

// dump shows every row of a table.
func dump(o *Oracle, table string) []string {
	columns := ask(o, func(s *string) []any { return []any{s} }, "SELECT name FROM pragma_table_info('"+table+"')")
	return ask(o, func(s *string) []any { return []any{s} }, fmt.Sprintf("SELECT json_array(%s) FROM %s ORDER BY 1", strings.Join(columns, ","), table))
}
