package api

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// limitedType says of what type a schema is, and its limits.
func limitedType(schema docsNode) []docsWord { return append(typeWords(schema), boundWords(schema)...) }

// typeWords says of what type a schema is, in one line.
func typeWords(schema docsNode) []docsWord {
	words := bareType(schema)
	if schema.at("nullable").isTrue() {
		words = append(words, docsWord{Text: " or null"})
	}
	return words
}

func bareType(schema docsNode) []docsWord {
	if name := schema.ref(); name != "" {
		return []docsWord{{Text: name, Link: "schema-" + name}}
	}
	for _, list := range []struct{ key, between string }{{"allOf", " with "}, {"oneOf", " or "}, {"anyOf", " or "}} {
		if parts := schema.at(list.key).list(); len(parts) > 0 {
			return joined(parts, list.between)
		}
	}
	if values := schema.at("enum").list(); len(values) > 0 {
		return enumWords(values)
	}
	switch kind := schema.at("type").Value; kind {
	case "array":
		return append([]docsWord{{Text: "list of "}}, typeWords(schema.at("items"))...)
	case "object":
		return objectWords(schema)
	case "":
		return []docsWord{{Text: "anything"}}
	default:
		if format := schema.at("format").Value; format != "" {
			kind = format
		}
		return []docsWord{{Text: kind}}
	}
}

func joined(parts []docsNode, between string) []docsWord {
	var words []docsWord
	for i, part := range parts {
		if i > 0 {
			words = append(words, docsWord{Text: between})
		}
		words = append(words, typeWords(part)...)
	}
	return words
}

func enumWords(values []docsNode) []docsWord {
	var words []docsWord
	for _, value := range values {
		if value.Tag == "!!null" {
			continue // nullable says it
		}
		if len(words) > 0 {
			words = append(words, docsWord{Text: " "})
		}
		words = append(words, docsWord{Text: value.Value, Code: true})
	}
	return words
}

// objectWords writes the members of an object that has no name: {data: Site}.
func objectWords(schema docsNode) []docsWord {
	if values := schema.at("additionalProperties"); values.Kind == yaml.MappingNode {
		return append([]docsWord{{Text: "object of "}}, typeWords(values)...)
	}
	words := []docsWord{{Text: "{"}}
	schema.at("properties").each(func(name string, member docsNode) {
		if len(words) > 1 {
			words = append(words, docsWord{Text: ", "})
		}
		words = append(words, docsWord{Text: name + ": "})
		words = append(words, typeWords(member)...)
	})
	if len(words) == 1 {
		return []docsWord{{Text: "object"}}
	}
	return append(words, docsWord{Text: "}"})
}

// bounds are the limits of a schema and how they are said.
var bounds = []struct{ key, words string }{
	{"default", "default "}, {"minimum", "at least "}, {"maximum", "at most "},
	{"minLength", "length at least "}, {"maxLength", "length at most "}, {"minItems", "length at least "}, {"maxItems", "length at most "},
	{"pattern", "like "},
}

// boundWords says the limits of a schema; none where it has none.
func boundWords(schema docsNode) []docsWord {
	var words []docsWord
	for _, b := range bounds {
		limit := schema.at(b.key)
		if limit.Kind == 0 {
			continue
		}
		value := limit.Value
		if limit.Kind != yaml.ScalarNode {
			value = exampleText(limit)
		}
		words = append(words, docsWord{Text: ", " + b.words}, docsWord{Text: value, Code: true})
	}
	return words
}

// lineLength is that up to which a value of an example stands on one line, characters.
const lineLength = 110

// exampleText writes a value as JSON for people: members in the order of the file, short values on one line.
func exampleText(value docsNode) string {
	var b strings.Builder
	writeExample(&b, value, "")
	return b.String()
}

func writeExample(b *strings.Builder, value docsNode, indent string) {
	line := lineOf(value)
	if len(indent)+len(line) <= lineLength || value.Kind == yaml.ScalarNode {
		b.WriteString(line)
		return
	}
	deeper := indent + "  "
	open, end, separator := "[", "]", ""
	if value.Kind == yaml.MappingNode {
		open, end = "{", "}"
	}
	b.WriteString(open)
	value.each(func(name string, member docsNode) {
		b.WriteString(separator + "\n" + deeper + strconv.Quote(name) + ": ")
		writeExample(b, member, deeper)
		separator = ","
	})
	for _, member := range value.list() {
		b.WriteString(separator + "\n" + deeper)
		writeExample(b, member, deeper)
		separator = ","
	}
	b.WriteString("\n" + indent + end)
}

// lineOf writes a value as JSON on one line.
func lineOf(value docsNode) string {
	var parts []string
	switch value.Kind {
	case yaml.MappingNode:
		value.each(func(name string, member docsNode) { parts = append(parts, strconv.Quote(name)+": "+lineOf(member)) })
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		for _, member := range value.list() {
			parts = append(parts, lineOf(member))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		if value.Tag == "!!str" {
			return strconv.Quote(value.Value)
		}
		return value.Value
	}
}
