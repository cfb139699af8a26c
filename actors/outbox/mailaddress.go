package outbox

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// mailbox is an account's address as a letter needs it. A first part that must be quoted, such as one that begins or ends with a dot, is
// quoted where it is written; so each address that an account may have can be written to.
func mailbox(address string) (*mail.Address, error) {
	local, domain, _ := strings.Cut(address, "@")
	if local == "" || domain == "" || strings.Contains(domain, "@") || strings.ContainsFunc(address, unicode.IsControl) {
		return nil, errors.New("not a mail address")
	}
	box := &mail.Address{Address: local + "@" + mailDomain(domain)}
	if _, err := mail.ParseAddress(box.String()); err != nil {
		return nil, err
	}
	return box, nil
}

// mailDomain is a domain as every mail server takes it: one in another script goes in ASCII, as the DNS knows it.
func mailDomain(domain string) string {
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		return ascii
	}
	return domain // such as one with _, which is ASCII as it is
}
