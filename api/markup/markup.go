// Package markup builds HTML pages of Go values. Every text and every value of an attribute is escaped, so that what visitors send cannot become
// markup; a policy names the one style of a page by its hash, and nothing else is let in.
//
// It stands in for html/template, which finds methods by their names: where a program does that, the linker keeps every exported method of every
// type, 10 MB of this one.
package markup

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html"
)

// Node is a piece of a page.
type Node interface{ write(b *bytes.Buffer) }

// Text is a text as people read it.
type Text string

func (t Text) write(b *bytes.Buffer) { b.WriteString(html.EscapeString(string(t))) }

// Group are nodes one after the other.
type Group []Node

func (g Group) write(b *bytes.Buffer) {
	for _, n := range g {
		n.write(b)
	}
}

// attribute belongs to the element whose part it is.
type attribute struct{ name, value string }

func (a attribute) write(b *bytes.Buffer) {
	b.WriteString(" " + a.name + `="` + html.EscapeString(a.value) + `"`)
}

// Attr is an attribute of the element whose part it is. A value that leads somewhere (href) must begin with "#", "?" or "/": only what stands
// behind that may come from elsewhere.
func Attr(name, value string) Node { return attribute{name, value} }

// element is a tag with what stands in it.
type element struct {
	name  string
	parts []Node
}

// void are the elements that have no end tag.
var void = map[string]bool{"meta": true, "link": true}

func (e element) write(b *bytes.Buffer) {
	b.WriteString("<" + e.name)
	for _, p := range e.parts {
		if a, ok := p.(attribute); ok {
			a.write(b)
		}
	}
	b.WriteString(">")
	for _, p := range e.parts {
		if _, ok := p.(attribute); !ok {
			p.write(b)
		}
	}
	if !void[e.name] {
		b.WriteString("</" + e.name + ">")
	}
}

// El is an element; its parts are attributes and nodes in any order. The name is one of the program's own.
func El(name string, parts ...Node) Node { return element{name, parts} }

// When gives the nodes where a condition holds, else nothing.
func When(condition bool, nodes ...Node) Node {
	if !condition {
		return Group(nil)
	}
	return Group(nodes)
}

// Each gives a node for each member of a list.
func Each[T any](list []T, node func(T) Node) Node {
	nodes := make(Group, len(list))
	for i, member := range list {
		nodes[i] = node(member)
	}
	return nodes
}

// Style is the style sheet of a page, one of the program's own.
type Style string

func (s Style) write(b *bytes.Buffer) { b.WriteString("<style>" + string(s) + "</style>") }

// Policy is the Content-Security-Policy of a page that has this style: no script, nothing from elsewhere but what more allows ("img-src 'self'").
func (s Style) Policy(more ...string) string {
	policy := "default-src 'none'; "
	for _, m := range more {
		policy += m + "; "
	}
	sum := sha256.Sum256([]byte(s))
	return policy + "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// Page is a whole document in English.
type Page struct {
	Title string
	Style Style
	Head  Group // besides title and style
	Body  Group
}

// Bytes is the document.
func (p *Page) Bytes() []byte {
	var b bytes.Buffer
	b.WriteString("<!doctype html>\n")
	El("html", Attr("lang", "en"),
		El("head",
			El("meta", Attr("charset", "utf-8")),
			El("meta", Attr("name", "viewport"), Attr("content", "width=device-width,initial-scale=1")),
			El("title", Text(p.Title)), p.Head, p.Style),
		El("body", p.Body)).write(&b)
	return b.Bytes()
}
