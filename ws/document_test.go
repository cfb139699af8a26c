package ws

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 16, 30, 20, 0, time.UTC)

func TestDocumentPatch(t *testing.T) {
	f := func(name, before, after, want string) {
		t.Helper()
		d := newDocument([]string{"timestamp", "range.end"}, nil)
		mustApply(t, &d, before)
		seq := d.seq
		mustApply(t, &d, after)
		changes, ok := d.since(seq)
		got := "none"
		switch {
		case !ok:
			got = "snapshot"
		case len(changes) == 1:
			got = string(changes[0].data)
			if changes[0].from != seq || changes[0].to != d.seq || changes[0].op != opPatch {
				t.Errorf("%s: %+v", name, changes[0])
			}
		case len(changes) > 1:
			t.Fatalf("%s: %d changes", name, len(changes))
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	f("nothing", `{"a":1}`, `{"a":1}`, `none`)
	f("order of members", `{"a":1,"b":2}`, `{"b":2,"a":1}`, `none`)
	f("a leaf", `{"a":1,"b":2}`, `{"a":3,"b":2}`, `{"a":3}`)
	f("a new member", `{"a":1}`, `{"a":1,"b":{"c":1}}`, `{"b":{"c":1}}`)
	f("a removed member", `{"a":1,"b":2}`, `{"a":1}`, `{"b":null}`)
	f("inside an object", `{"o":{"a":1,"b":2}}`, `{"o":{"a":1,"c":3}}`, `{"o":{"b":null,"c":3}}`)
	f("an array is replaced whole", `{"a":[1,2,3]}`, `{"a":[1,2,4]}`, `{"a":[1,2,4]}`)
	f("an object becomes empty", `{"o":{"a":1}}`, `{"o":{}}`, `{"o":{"a":null}}`)
	f("an empty object appears", `{}`, `{"o":{}}`, `{"o":{}}`)
	f("a leaf becomes an object", `{"a":1}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`)
	f("an object becomes a leaf", `{"a":{"b":1}}`, `{"a":1}`, `{"a":1}`)
	f("an object is removed", `{"a":{"b":1}}`, `{}`, `{"a":null}`)
	f("a leaf becomes null", `{"a":1}`, `{"a":null}`, `{"a":null}`)
	f("only time has passed", `{"a":1,"timestamp":"1"}`, `{"a":1,"timestamp":"2"}`, `none`)
	f("time goes along", `{"a":1,"timestamp":"1"}`, `{"a":2,"timestamp":"2"}`, `{"a":2,"timestamp":"2"}`)
	f("only the end of the range", `{"range":{"start":"0","end":"1"}}`, `{"range":{"start":"0","end":"2"}}`, `none`)
	f("the start of the range", `{"range":{"start":"0","end":"1"}}`, `{"range":{"start":"1","end":"2"}}`, `{"range":{"end":"2","start":"1"}}`)
	f("names that need escapes", `{}`, `{"a\"b\\c\u00e9\u0001</":1}`, `{"a\"b\\cé\u0001\u003c/":1}`)
}

// An object that went away and came back cannot be merged into what an older client has.
func TestDocumentObjectReturns(t *testing.T) {
	d := newDocument(nil, nil)
	mustApply(t, &d, `{"o":{"a":1},"x":1}`) // 1
	mustApply(t, &d, `{"x":1}`)             // 2
	mustApply(t, &d, `{"o":{"b":1},"x":1}`) // 3
	if _, ok := d.since(1); ok {
		t.Error("a client that has the old object got a patch")
	}
	changes, ok := d.since(2)
	if !ok || string(changes[0].data) != `{"o":{"b":1}}` {
		t.Errorf("got %v %v", changes, ok)
	}
}

// A volatile value that no delta carried is in the next one, even if it has not changed since.
func TestDocumentVolatileIsNotLost(t *testing.T) {
	d := newDocument([]string{"timestamp"}, nil)
	mustApply(t, &d, `{"a":1,"timestamp":"1"}`)
	mustApply(t, &d, `{"a":1,"timestamp":"2"}`)
	mustApply(t, &d, `{"a":2,"timestamp":"2"}`)
	changes, _ := d.since(1)
	if got := string(changes[0].data); got != `{"a":2,"timestamp":"2"}` {
		t.Errorf("got %s", got)
	}
}

func TestDocumentForgets(t *testing.T) {
	f := func(name string, age time.Duration, changes int, limit int, want bool) {
		t.Helper()
		d := newDocument(nil, nil)
		mustApply(t, &d, `{"n":0,"gone":1}`)
		mustApply(t, &d, `{"n":0}`)
		for i := range changes {
			mustApply(t, &d, fmt.Sprintf(`{"n":%d}`, i+1))
		}
		d.forget(t0.Add(age), 5*time.Minute, 10, limit)
		got, ok := d.since(1)
		if ok != want {
			t.Errorf("%s: resume from before the removal: %v, want %v", name, ok, want)
		}
		if ok && string(got[0].data) != fmt.Sprintf(`{"gone":null,"n":%d}`, changes) {
			t.Errorf("%s: %s", name, got[0].data)
		}
		if _, ok := d.since(2); !ok {
			t.Errorf("%s: resume from after the removal failed", name)
		}
	}
	f("young", 4*time.Minute, 100, 10, true)
	f("old, but few changes ago", 6*time.Minute, 10, 10, true)
	f("old and many changes ago", 6*time.Minute, 100, 10, false)
	f("too many", 0, 1, 0, false)
}

// A member that came back is not forgotten with its removal.
func TestDocumentForgetsOnlyWhatIsGone(t *testing.T) {
	d := newDocument(nil, nil)
	mustApply(t, &d, `{"a":1,"b":1}`)
	mustApply(t, &d, `{"b":1}`)
	mustApply(t, &d, `{"a":2,"b":1}`)
	d.forget(t0.Add(time.Hour), time.Minute, 0, 0)
	changes, ok := d.since(1)
	if !ok || string(changes[0].data) != `{"a":2}` {
		t.Errorf("got %v %v", changes, ok)
	}
}

func mustApply(t testing.TB, d *document, state string) bool {
	t.Helper()
	changed, err := d.apply(json.RawMessage(state), t0)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// W2: from the state of any earlier number, since leads to the newest state, in one go or with a stop at any of its steps.
func TestDocumentSinceProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		withItems := rapid.Bool().Draw(t, "items")
		var rule *listRule
		if withItems {
			rule = &listRule{key: []string{"id"}}
		}
		d := newDocument([]string{"time"}, rule)
		gen := &stateGen{items: withItems}
		type seen struct {
			seq   uint64
			state string
		}
		var history []seen
		for i := range rapid.IntRange(1, 15).Draw(t, "steps") {
			raw := gen.next(t)
			changed, err := d.apply(raw, t0)
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 && !changed && !cmp.Equal(strip(parse(raw), "time"), strip(parse([]byte(history[len(history)-1].state)), "time")) {
				t.Fatalf("no change from %s to %s", history[len(history)-1].state, raw)
			}
			if rapid.IntRange(0, 5).Draw(t, "forget") == 0 {
				d.forget(t0.Add(time.Hour), time.Minute, rapid.Uint64Range(0, 5).Draw(t, "keep"), 100)
			}
			history = append(history, seen{d.seq, string(raw)})
		}
		newest := strip(parse(d.raw), "time")
		for _, h := range history {
			state, seq := parse([]byte(h.state)), h.seq
			stop := rapid.IntRange(0, 10).Draw(t, "stop")
			changes, ok := d.since(seq)
			for ok && len(changes) > 0 {
				c := changes[0]
				if c.from != seq || c.to <= seq || c.to > d.seq {
					t.Fatalf("change %d→%d at %d of %d", c.from, c.to, seq, d.seq)
				}
				next, err := applyOp(state, c.op, parse(c.data))
				if err != nil {
					t.Fatal(err)
				}
				state, seq, changes = next, c.to, changes[1:]
				if stop--; stop == 0 { // the connection is lost, then resumed from here
					changes, ok = d.since(seq)
				}
			}
			if !ok {
				if h.seq >= d.floor {
					t.Fatalf("no way from %d, floor %d", h.seq, d.floor)
				}
				continue
			}
			if seq != d.seq {
				t.Fatalf("stopped at %d of %d", seq, d.seq)
			}
			if diff := cmp.Diff(newest, strip(state, "time")); diff != "" {
				t.Fatalf("from %d (%s) to %s: %s", h.seq, h.state, d.raw, diff)
			}
		}
	})
}

// stateGen draws states that resemble each other: nested objects whose members come, go and change their kind, and a list that grows.
type stateGen struct {
	items bool
	list  []map[string]any // newest first
	count int
}

func (g *stateGen) next(t *rapid.T) json.RawMessage {
	state := g.object(t, 0)
	state["time"] = rapid.IntRange(0, 3).Draw(t, "time")
	if g.items {
		for range rapid.SampledFrom([]int{0, 0, 1, 2, 60}).Draw(t, "new items") {
			g.count++
			g.list = append([]map[string]any{{"id": fmt.Sprint("i", g.count), "v": 0}}, g.list...)
		}
		g.list = g.list[:min(len(g.list), 50)]
		for range rapid.IntRange(0, 2).Draw(t, "updates") {
			if len(g.list) > 0 {
				i := rapid.IntRange(0, len(g.list)-1).Draw(t, "which")
				g.list[i] = map[string]any{"id": g.list[i]["id"], "v": rapid.IntRange(0, 9).Draw(t, "v")}
			}
		}
		if len(g.list) > 0 && rapid.IntRange(0, 9).Draw(t, "erase") == 0 {
			g.list = g.list[1:]
		}
		items := []any{}
		for _, it := range g.list {
			items = append(items, it)
		}
		state["items"] = items
	}
	raw, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (g *stateGen) object(t *rapid.T, depth int) map[string]any {
	o := map[string]any{}
	for _, name := range []string{"a", "b", "é\"<"} {
		switch kind := rapid.IntRange(0, 6).Draw(t, "kind"); {
		case kind == 0: // absent
		case kind == 1:
			o[name] = nil
		case kind == 2:
			o[name] = []any{rapid.IntRange(0, 2).Draw(t, "element"), nil}
		case kind >= 5 && depth < 3:
			o[name] = g.object(t, depth+1)
		default:
			o[name] = rapid.IntRange(0, 2).Draw(t, "value")
		}
	}
	return o
}
