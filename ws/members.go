package ws

import (
	"encoding/json"
	"fmt"
)

// members are those of a JSON object, told letter for letter: encoding/json alone takes "ID" for "id".
type members map[string]json.RawMessage

// read decodes the named member into v, which stays as it is when there is none or it is null.
func (m members) read(name string, v any) error {
	raw, sent := m[name]
	if !sent {
		return nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("member %s: %w", name, err)
	}
	return nil
}
