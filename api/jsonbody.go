package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
)

// maxBody is the limit of a management body, bytes.
const maxBody = 64 << 10

var errJSON = problem(http.StatusBadRequest, codeBadRequest, "Invalid JSON body")

// readBody reads the whole body, at most what the route allows.
func (x *exchange) readBody() ([]byte, error) {
	b, err := io.ReadAll(http.MaxBytesReader(x.c.Writer, x.c.Request.Body, x.route.maxBody()))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge
	case err != nil: // the client went away or sent a bad chunk
		return nil, errJSON
	}
	return b, nil
}

// decode reads a JSON object into the struct that v points to. Unknown fields are ignored.
func (x *exchange) decode(v any) error {
	b, err := x.readBody()
	if err != nil {
		return err
	}
	return decodeJSON(b, v)
}

// decodeOptional is decode, but no body at all is good too.
func (x *exchange) decodeOptional(v any) error {
	b, err := x.readBody()
	if err != nil || len(bytes.TrimSpace(b)) == 0 {
		return err
	}
	return decodeJSON(b, v)
}

// decodeJSON reads the members that the struct behind v names, letter for letter. The first of a wrong type, in the struct's order, is told in the
// contract's words.
func decodeJSON(b []byte, v any) error {
	var members map[string]json.RawMessage
	if json.Unmarshal(b, &members) != nil || members == nil {
		return errJSON
	}
	into := reflect.ValueOf(v).Elem()
	for i := range into.NumField() {
		f := into.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		raw, sent := members[name]
		if !sent {
			continue
		}
		err := json.Unmarshal(raw, into.Field(i).Addr().Interface())
		if _, wrong := errors.AsType[*json.UnmarshalTypeError](err); wrong {
			return invalid(name + " must be a " + jsonType(f.Type))
		}
		if err != nil {
			return errJSON
		}
	}
	return nil
}

// jsonType names the JSON type that a Go type is read from.
func jsonType(t reflect.Type) string {
	if strings.HasPrefix(t.Name(), "optional[") {
		f, _ := t.FieldByName("value")
		t = f.Type
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[numeral]() {
		return "number"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice:
		return "array"
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "number"
	default:
		return "object"
	}
}

// sameID joins the id of the path with that of the body or query.
func sameID(path, other string) (string, error) {
	switch {
	case path == "" && other == "":
		return "", invalid("ID required")
	case path != "" && other != "" && path != other:
		return "", invalid("ID mismatch")
	case path != "":
		return path, nil
	default:
		return other, nil
	}
}

// boolQuery reads a boolean of the query; absent and empty are false.
func (x *exchange) boolQuery(name string) (bool, error) {
	switch x.c.Query(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, invalid(name + " must be a boolean")
	}
}
