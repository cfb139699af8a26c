package outbox

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// Who deletes an alert hides it first and then erases its triggers. Here triggers are written first, and then it is looked whether the alert is
// still there: one of the two sees the other's work, so that no trigger outlives its alert.

// sentOp is the change by which a trigger names one more channel; ok is false when there is nothing to change. The caller holds triggers.
func (o *Outbox) sentOp(key, channel string) (op Op, ok bool, err error) {
	val, ok, err := o.deps.Meta.Get(key)
	if err != nil || !ok {
		return Op{}, false, err
	}
	var t analytics.Trigger
	if err := json.Unmarshal(val, &t); err != nil {
		return Op{}, false, fmt.Errorf("read %s: %w", key, err)
	}
	if slices.Contains(t.Sent, channel) {
		return Op{}, false, nil
	}
	t.Sent = append(t.Sent, channel)
	slices.Sort(t.Sent) // as the contract lists them: email, slack, webhook
	return put(key, &t), true, nil
}

// dropOrphan erases a trigger that was just written if its alert is gone.
func (o *Outbox) dropOrphan(key string) error {
	if _, ok := o.deps.Alerts.Alert(analytics.AlertOfTrigger(key)); ok {
		return nil
	}
	return wrap("erase the trigger of a deleted alert", o.deps.Meta.Txn(Op{Key: key}))
}
