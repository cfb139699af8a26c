package api

import (
	"fmt"
	"strings"
)

// inviteMail is the letter to the invited. Names and message come from people: they stand in plain text and in no header but the subject, where
// the mailer keeps one line.
func inviteMail(i *Invitation, inviter, site, message, link string) Mail {
	var b strings.Builder
	fmt.Fprintf(&b, "%s invites you to the team of %s, a site of this analytics server, as %s.\n\n", inviter, site, i.Role)
	if message != "" {
		fmt.Fprintf(&b, "They write:\n\n    %s\n\n", message)
	}
	fmt.Fprintf(&b, "To accept or decline, open this link and sign in, or make an account, with this address:\n\n    %s\n\n", link)
	fmt.Fprintf(&b, "The link is good until %s and works once. If you do not know the sender, ignore this mail: nothing happens then.\n",
		i.ExpiresAt.UTC().Format("2 January 2006, 15:04 UTC"))
	return Mail{To: i.Email, Subject: "Invitation to " + site, Text: b.String()}
}
