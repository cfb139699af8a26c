package outbox

import (
	"context"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// Meta is the durable key-value store of small records. Safe for concurrent use.
type Meta interface {
	// Get returns a copy of a value; ok is false when there is none.
	Get(key string) (val []byte, ok bool, err error)
	// Scan calls fn for every key with the prefix, ascending, as of one moment. The value is only good until fn returns. An error of fn ends
	// the scan. fn must not write.
	Scan(prefix string, fn func(key string, val []byte) error) error
	// Txn makes all changes durable together, or none. A key may occur once.
	Txn(ops ...Op) error
}

// Op is one change of a transaction.
type Op struct {
	Key   string
	Value []byte // nil: the key is removed
}

// Hooks knows the webhooks of sites. Safe for concurrent use.
type Hooks interface {
	// Webhooks lists a site's webhooks, also while the site is deleted. The list is the caller's, what it holds is shared.
	Webhooks(site analytics.SiteID) []*analytics.Webhook
	// Reveal opens a sealed secret: the text as it was shown, "whsec_…".
	Reveal(sealed []byte) (string, error)
	// Disable switches a webhook off for a reason, gone or failures, and logs the activity; it tells whether it did: one that is off or deleted
	// already stays so. The outbox mails the owner.
	Disable(site analytics.SiteID, webhook, reason string) (disabled bool, err error)
	// Failed logs the activity webhook.failed.
	Failed(site analytics.SiteID, webhook string, f Failure)
}

// Failure is a message that failed for good.
type Failure struct {
	MessageID string
	Event     string
	Error     string
	Attempts  int
}

// Alerts knows the alerts of sites and what they are about. Safe for concurrent use.
type Alerts interface {
	report.AlertDefinitions
	// Alert finds an alert; one that is deleted is not found any more when its triggers are erased.
	Alert(id string) (*analytics.Alert, bool)
}

// Sites knows sites and their people. Safe for concurrent use.
type Sites interface {
	// Site finds a site that is not deleted. The messages of others wait.
	Site(id analytics.SiteID) (*analytics.Site, bool)
	// OwnerMail is the address of the site's owner; "" when there is none.
	OwnerMail(site analytics.SiteID) string
	// MemberMail is the address of a user that is still a member of the site; "" when the account or the membership is gone.
	MemberMail(site analytics.SiteID, user string) string
}

// Mailer sends mail. Safe for concurrent use.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

// Mail is a letter in plain text.
type Mail struct {
	ID      string // names the letter over repetitions; "" when it is sent once
	To      string
	Subject string
	Text    string
}
