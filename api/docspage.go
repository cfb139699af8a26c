package api

import m "github.com/ztas-io/ztas/api/markup"

// page is the whole page.
func (v *docsView) page() *m.Page {
	return &m.Page{Title: v.Title + " API " + v.Version, Style: m.Style(docsStyle), Body: m.Group{
		m.El("a", m.Attr("class", "skip"), m.Attr("href", "#top"), m.Text("Skip to the content")),
		v.navigation(),
		m.El("main", m.Attr("id", "top"),
			m.El("h1", m.Text(v.Title+" API "), small(v.Version)),
			paragraph(v.About),
			m.El("h2", m.Text("Headers of every answer")),
			docsRows(v.Headers),
			m.Each(v.Groups, docsGroup.section),
			m.El("section", m.Attr("id", "answers"), m.El("h2", m.Text("Common answers")), m.Each(v.Answers, docsAnswer.article)),
			m.El("section", m.Attr("id", "schemas"), m.El("h2", m.Text("Schemas")), m.Each(v.Schemas, docsSchema.article))),
	}}
}

func (v *docsView) navigation() m.Node {
	item := func(href, text string) m.Node { return m.El("li", link(href, m.Text(text))) }
	return m.El("nav", m.Attr("aria-label", "Calls"),
		m.El("p", m.Attr("class", "name"), link("/", m.Text(v.Title)), m.Text(" API "+v.Version)),
		m.Each(v.Groups, func(g docsGroup) m.Node {
			return folded(g.Name, m.Each(g.Calls, func(c docsCall) m.Node { return m.El("li", c.link()) }))
		}),
		folded("More", item("#answers", "Common answers"), item("#schemas", "Schemas"), item("/api/openapi.yaml", "This document for machines")))
}

// folded is a list that can be folded away.
func folded(name string, items ...m.Node) m.Node {
	return m.El("details", m.Attr("open", ""), m.El("summary", m.Text(name)), m.El("ul", items...))
}

func (g docsGroup) section() m.Node {
	return m.El("section", m.Attr("id", g.Anchor),
		m.El("h2", m.Text(g.Name)),
		m.When(len(g.About) > 0, paragraph(g.About)),
		m.Each(g.Calls, docsCall.article))
}

func (c docsCall) link() m.Node {
	return link("#"+c.Anchor, m.El("b", m.Attr("class", c.Method), m.Text(c.Method)), m.Text(" "+c.Path))
}

func (c docsCall) article() m.Node {
	return m.El("article", m.Attr("id", c.Anchor),
		m.El("h3", c.link()),
		m.El("p", m.El("strong", m.Text(c.Summary))),
		paragraph(c.About),
		m.When(len(c.Parameters) > 0, m.El("h4", m.Text("Parameters")), docsRows(c.Parameters)),
		m.When(len(c.Bodies) > 0, m.El("h4", m.Text("Body"), m.When(c.Optional, m.Text(" "), small("may be left out"))), docsBodies(c.Bodies)),
		m.El("h4", m.Text("Answers")),
		m.Each(c.Answers, func(a docsAnswer) m.Node {
			return m.El("div", m.Attr("class", "answer"), m.El("h5", m.Text(a.Status)), m.El("div", a.content()))
		}),
		m.When(len(c.Common) > 0, m.El("p", m.Attr("class", "common"), m.Text("As everywhere:"), m.Each(c.Common, func(w docsWord) m.Node {
			return m.Group{m.Text(" "), link("#"+w.Link, m.Text(w.Text))}
		}))))
}

func (a docsAnswer) article() m.Node {
	return m.El("article", m.Attr("id", a.Anchor), m.El("h3", m.Text(a.Status)), a.content())
}

func (a docsAnswer) content() m.Node {
	return m.Group{paragraph(a.About), m.When(len(a.Headers) > 0, docsRows(a.Headers)), docsBodies(a.Bodies)}
}

func (s docsSchema) article() m.Node {
	anchor := "schema-" + s.Name
	return m.El("article", m.Attr("id", anchor),
		m.El("h3", link("#"+anchor, m.Text(s.Name))),
		m.When(len(s.About) > 0, paragraph(s.About)),
		m.When(len(s.Type) > 0, m.El("p", m.Attr("class", "type"), docsWords(s.Type))),
		m.When(len(s.Members) > 0, docsRows(s.Members)))
}

func docsBodies(bodies []docsBody) m.Node {
	return m.Each(bodies, func(b docsBody) m.Node {
		return m.Group{
			m.El("p", m.Attr("class", "type"), small(b.Media), m.Text(" "), docsWords(b.Type)),
			m.Each(b.Examples, func(example string) m.Node { return m.El("pre", m.Attr("tabindex", "0"), m.Text(example)) }),
		}
	})
}

// docsRows lists parameters, headers or members.
func docsRows(rows []docsRow) m.Node {
	return m.El("dl", m.Attr("class", "rows"), m.Each(rows, func(r docsRow) m.Node {
		return m.El("div",
			m.El("dt", m.El("code", m.Text(r.Name)),
				m.When(r.In != "", m.Text(" "), small(r.In)),
				m.When(r.Required, m.Text(" "), m.El("small", m.Attr("class", "required"), m.Text("required")))),
			m.El("dd", docsWords(r.Type), m.When(len(r.Type) > 0 && len(r.About) > 0, m.Text(" — ")), docsWords(r.About)))
	}))
}

func docsWords(words []docsWord) m.Node {
	return m.Each(words, func(w docsWord) m.Node {
		switch {
		case w.Link != "":
			return link("#"+w.Link, m.Text(w.Text))
		case w.Code:
			return m.El("code", m.Text(w.Text))
		}
		return m.Text(w.Text)
	})
}

func paragraph(words []docsWord) m.Node { return m.El("p", docsWords(words)) }

func small(text string) m.Node { return m.El("small", m.Text(text)) }

func link(href string, parts ...m.Node) m.Node {
	return m.El("a", append([]m.Node{m.Attr("href", href)}, parts...)...)
}
