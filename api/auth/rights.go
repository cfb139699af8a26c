package auth

import (
	"encoding/json"
	"fmt"
)

// Role is what a user may do on a site; a higher role includes the lower ones. The zero value is no role at all.
type Role uint8

// The roles, ascending.
const (
	NoRole Role = iota
	Viewer
	Member
	Admin
	Owner
)

var roleNames = [...]string{"none", "viewer", "member", "admin", "owner"}

// String returns the contract's name.
func (r Role) String() string { return nameOf(roleNames[:], int(r)) }

// ParseRole finds the role with the contract's name; ok is false for any other name.
func ParseRole(name string) (r Role, ok bool) {
	i := indexOf(roleNames[:], name)
	return Role(i), i > 0
}

// MarshalJSON writes the contract's name.
func (r Role) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }

// UnmarshalJSON reads the contract's name.
func (r *Role) UnmarshalJSON(b []byte) (err error) {
	*r, err = unmarshalName(b, ParseRole)
	return err
}

// Scope is what a token may be used for; a higher scope includes the lower ones. The zero value allows nothing; a login session has the highest.
type Scope uint8

// The scopes, ascending.
const (
	NoScope Scope = iota
	Read
	Write
	AdminScope
)

var scopeNames = [...]string{"none", "read", "write", "admin"}

// String returns the contract's name.
func (s Scope) String() string { return nameOf(scopeNames[:], int(s)) }

// ParseScope finds the scope with the contract's name; ok is false for any other name.
func ParseScope(name string) (s Scope, ok bool) {
	i := indexOf(scopeNames[:], name)
	return Scope(i), i > 0
}

// MarshalJSON writes the contract's name.
func (s Scope) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON reads the contract's name.
func (s *Scope) UnmarshalJSON(b []byte) (err error) {
	*s, err = unmarshalName(b, ParseScope)
	return err
}

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("unknown(%d)", i)
}

// indexOf is 0 for "none" and for every unknown name.
func indexOf(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return 0
}

func unmarshalName[T any](b []byte, parse func(string) (T, bool)) (v T, err error) {
	var name string
	if err := json.Unmarshal(b, &name); err != nil {
		return v, fmt.Errorf("read name: %w", err)
	}
	v, ok := parse(name)
	if !ok {
		return v, fmt.Errorf("unknown name %q", name)
	}
	return v, nil
}
