package outbox

import (
	"log/slog"
	"net/mail"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMailAddresses: every form of address that an account may have gets its letters, also from a server that knows ASCII alone.
func TestMailAddresses(t *testing.T) {
	p, address := openPostOffice(t, nil)
	m, err := NewMailer("smtp://"+address, "Zählung <zt@müller.example>", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	f := func(to, envelope, header string) {
		t.Helper()
		require.NoError(t, m.Send(t.Context(), Mail{To: to, Subject: "Reset", Text: "text"}))
		require.Equal(t, envelope, p.to)
		letter, err := mail.ReadMessage(strings.NewReader(p.letters[len(p.letters)-1]))
		require.NoError(t, err)
		require.Equal(t, header, letter.Header.Get("To"))
		require.Equal(t, "zt@xn--mller-kva.example", p.from)
		require.Regexp(t, `^<\w{20,}@xn--mller-kva\.example>$`, letter.Header.Get("Message-ID"), "no name of this machine")
	}
	f("bob@example.com", "bob@example.com", "<bob@example.com>")
	f("o'neil+x@example.com", "o'neil+x@example.com", "<o'neil+x@example.com>")
	f("anna@müller.example", "anna@xn--mller-kva.example", "<anna@xn--mller-kva.example>")
	f("bob@intra_net.example", "bob@intra_net.example", "<bob@intra_net.example>")
	f("dot.@example.com", "dot.@example.com", `<"dot."@example.com>`)
	f(".dot@example.com", ".dot@example.com", `<".dot"@example.com>`)

	for _, to := range []string{"", "bob", "@example.com", "bob@", "bob@exa mple.com", "bob@example.com\r\nBcc: eve@example.com", "bo\r\nb@example.com"} {
		require.Error(t, m.Send(t.Context(), Mail{To: to}), "%q", to)
	}
}
