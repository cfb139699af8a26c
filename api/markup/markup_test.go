package markup

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

func written(n Node) string {
	var b bytes.Buffer
	n.write(&b)
	return b.String()
}

func TestNodes(t *testing.T) {
	for want, n := range map[string]Node{
		`a &lt;b&gt; &amp; &#34;c&#34; &#39;d&#39;`: Text(`a <b> & "c" 'd'`),
		`<p class="x" id="y">1<b>2</b>3</p>`:        El("p", Text("1"), Attr("class", "x"), El("b", Text("2")), Attr("id", "y"), Text("3")),
		`<a href="#&#34; onclick=&#34;x"></a>`:      El("a", Attr("href", `#" onclick="x`)),
		`<meta name="x">`:                           El("meta", Attr("name", "x")),
		`<i>yes</i>`:                                Group{When(true, El("i", Text("yes"))), When(false, El("i", Text("no")))},
		`<i>1</i><i>2</i>`:                          Each([]string{"1", "2"}, func(s string) Node { return El("i", Text(s)) }),
		`<ul></ul>`:                                 El("ul", Each(nil, func(string) Node { return Text("none") })),
		`<style>a>b{content:"c"}</style>`:           Style(`a>b{content:"c"}`),
	} {
		require.Equal(t, want, written(n))
	}
}

// TestHostileTexts: whatever stands in a text or an attribute is there again when the page is read, and nothing else is.
func TestHostileTexts(t *testing.T) {
	for _, text := range []string{
		`</p><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `<!--`, `]]>`,
		`&lt;&amp;lt;`, "</title></style>", "{{.}}", "ä€𝄞\u2028",
	} {
		page := Page{Title: text, Style: "p{}", Body: Group{El("p", Attr("id", text), Text(text))}}
		root, err := html.Parse(bytes.NewReader(page.Bytes()))
		require.NoError(t, err)
		seen := map[string]int{}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				require.NotEqual(t, html.CommentNode, n.Type, text)
				continue
			}
			seen[n.Data]++
			switch n.Data {
			case "p":
				require.Equal(t, []html.Attribute{{Key: "id", Val: text}}, n.Attr)
				require.Equal(t, text, n.FirstChild.Data)
			case "title":
				require.Equal(t, text, n.FirstChild.Data)
			}
		}
		require.Equal(t, map[string]int{"html": 1, "head": 1, "meta": 2, "title": 1, "style": 1, "body": 1, "p": 1}, seen, text)
	}
}

func TestPolicy(t *testing.T) {
	require.Equal(t, "default-src 'none'; img-src 'self'; style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		Style("").Policy("img-src 'self'")) // the hash of nothing
	require.True(t, strings.HasPrefix(Style("a").Policy(), "default-src 'none'; style-src 'sha256-"))
}
