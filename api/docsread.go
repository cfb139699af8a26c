package api

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// docsView is what the page shows.
type docsView struct {
	Title   string
	Version string
	About   []docsWord
	Headers []docsRow // of every answer
	Groups  []docsGroup
	Answers []docsAnswer // that many calls have in common
	Schemas []docsSchema
}

// docsGroup are the calls of one tag.
type docsGroup struct {
	Name, Anchor string
	About        []docsWord
	Calls        []docsCall
}

type docsCall struct {
	Anchor, Method, Path, Summary string
	About                         []docsWord
	Parameters                    []docsRow
	Bodies                        []docsBody
	Optional                      bool // the body may be left out
	Answers                       []docsAnswer
	Common                        []docsWord // statuses that are among docsView.Answers
}

// docsBody is a body in one media type.
type docsBody struct {
	Media    string
	Type     []docsWord
	Examples []string
}

type docsAnswer struct {
	Anchor, Status string
	About          []docsWord
	Headers        []docsRow
	Bodies         []docsBody
}

// docsRow is a parameter, a header or a member of an object.
type docsRow struct {
	Name, In string
	Required bool
	Type     []docsWord
	About    []docsWord
}

type docsSchema struct {
	Name    string
	About   []docsWord
	Type    []docsWord // of what has no members of its own
	Members []docsRow
}

// docsWord is a piece of text: plain, code, or a link within the page.
type docsWord struct {
	Text string
	Code bool
	Link string // anchor; "": none
}

// prose reads a text in which `code` stands in backticks.
func prose(text string) []docsWord {
	var words []docsWord
	for i, piece := range strings.Split(text, "`") {
		if piece != "" {
			words = append(words, docsWord{Text: piece, Code: i%2 == 1})
		}
	}
	return words
}

// docsNode is a node of the document, in whose maps the order is that of the file.
type docsNode struct{ *yaml.Node }

// at follows names into maps; where one is missing, the result is a node of nothing.
func (n docsNode) at(path ...string) docsNode {
	for _, name := range path {
		next := docsNode{&yaml.Node{}}
		n.each(func(key string, value docsNode) {
			if key == name {
				next = value
			}
		})
		n = next
	}
	return n
}

// each goes through a map in order.
func (n docsNode) each(f func(key string, value docsNode)) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(n.Content[i].Value, docsNode{n.Content[i+1]})
	}
}

// list are the members of a list.
func (n docsNode) list() []docsNode {
	if n.Kind != yaml.SequenceNode {
		return nil
	}
	nodes := make([]docsNode, len(n.Content))
	for i, c := range n.Content {
		nodes[i] = docsNode{c}
	}
	return nodes
}

// ref is the name of the component that the node refers to; "": it is no reference.
func (n docsNode) ref() string {
	target := n.at("$ref").Value
	return target[strings.LastIndexByte(target, '/')+1:]
}

func (n docsNode) isTrue() bool { return n.Value == "true" }

// docsReader reads one document.
type docsReader struct{ root docsNode }

func readDocs(text []byte) (*docsView, error) {
	var file yaml.Node
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	if len(file.Content) != 1 {
		return nil, errors.New("the document is empty")
	}
	r := docsReader{docsNode{file.Content[0]}}
	info := r.root.at("info")
	view := &docsView{Title: info.at("title").Value, Version: info.at("version").Value, About: prose(info.at("description").Value)}
	r.root.at("x-headers").each(func(name string, about docsNode) {
		view.Headers = append(view.Headers, docsRow{Name: name, About: prose(about.Value)})
	})
	view.Groups = r.groups()
	r.root.at("components", "responses").each(func(name string, response docsNode) {
		answer := r.answer(response)
		answer.Anchor, answer.Status = "answer-"+name, name
		view.Answers = append(view.Answers, answer)
	})
	r.root.at("components", "schemas").each(func(name string, schema docsNode) {
		view.Schemas = append(view.Schemas, r.schema(name, schema))
	})
	return view, nil
}

// groups are the calls by their first tag.
func (r docsReader) groups() []docsGroup {
	var groups []docsGroup
	index := make(map[string]int)
	for _, tag := range r.root.at("tags").list() {
		name := tag.at("name").Value
		index[name] = len(groups)
		groups = append(groups, docsGroup{
			Name: name, Anchor: "group-" + strings.ReplaceAll(strings.ToLower(name), " ", "-"), About: prose(tag.at("description").Value),
		})
	}
	r.root.at("paths").each(func(path string, item docsNode) {
		item.each(func(method string, operation docsNode) {
			for _, tag := range operation.at("tags").list() {
				g := &groups[index[tag.Value]]
				g.Calls = append(g.Calls, r.call(method, path, operation))
			}
		})
	})
	return groups
}

func (r docsReader) call(method, path string, operation docsNode) docsCall {
	body := operation.at("requestBody")
	call := docsCall{
		Anchor: operation.at("operationId").Value, Method: strings.ToUpper(method), Path: path, Summary: operation.at("summary").Value,
		About: prose(operation.at("description").Value), Bodies: r.bodies(body.at("content")), Optional: !body.at("required").isTrue(),
	}
	for _, p := range operation.at("parameters").list() {
		if name := p.ref(); name != "" {
			p = r.root.at("components", "parameters", name)
		}
		row := r.row(p.at("name").Value, p.at("schema"), p.at("required").isTrue())
		row.In, row.About = p.at("in").Value, prose(p.at("description").Value)
		call.Parameters = append(call.Parameters, row)
	}
	operation.at("responses").each(func(status string, response docsNode) {
		if name := response.ref(); name != "" {
			call.Common = append(call.Common, docsWord{Text: status, Link: "answer-" + name})
			return
		}
		answer := r.answer(response)
		answer.Status = status
		call.Answers = append(call.Answers, answer)
	})
	return call
}

func (r docsReader) answer(response docsNode) docsAnswer {
	answer := docsAnswer{About: prose(response.at("description").Value), Bodies: r.bodies(response.at("content"))}
	response.at("headers").each(func(name string, header docsNode) {
		if ref := header.ref(); ref != "" {
			header = r.root.at("components", "headers", ref)
		}
		row := r.row(name, header.at("schema"), false)
		row.About = prose(header.at("description").Value)
		answer.Headers = append(answer.Headers, row)
	})
	return answer
}

func (r docsReader) bodies(content docsNode) []docsBody {
	var bodies []docsBody
	content.each(func(media string, body docsNode) {
		b := docsBody{Media: media, Type: typeWords(body.at("schema"))}
		if example := body.at("example"); example.Kind != 0 {
			b.Examples = append(b.Examples, exampleText(example))
		}
		body.at("examples").each(func(_ string, example docsNode) {
			b.Examples = append(b.Examples, exampleText(example.at("value")))
		})
		bodies = append(bodies, b)
	})
	return bodies
}

func (r docsReader) row(name string, schema docsNode, required bool) docsRow {
	return docsRow{Name: name, Required: required, Type: limitedType(schema), About: prose(schema.at("description").Value)}
}

func (r docsReader) schema(name string, schema docsNode) docsSchema {
	s := docsSchema{Name: name, About: prose(schema.at("description").Value)}
	required := make(map[string]bool)
	for _, member := range schema.at("required").list() {
		required[member.Value] = true
	}
	schema.at("properties").each(func(member string, of docsNode) {
		s.Members = append(s.Members, r.row(member, of, required[member]))
	})
	if len(s.Members) == 0 {
		s.Type = limitedType(schema)
	}
	return s
}
