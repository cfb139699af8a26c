// What the server keeps about the account: taken along as a file, or deleted.
import { useState } from 'preact/hooks';
import { useServices } from '../../context';
import { save } from '../../csv';
import { text, useSubmit } from '../../form';
import { asApiError } from '../../load';
import { toast } from '../../toast';
import { Card } from '../Card';
import { Dialog } from '../Dialog';
import { Field, FormError, Switch } from '../Field';

function DeleteDialog({ onClose }: { onClose: () => void }) {
  const { api, session, socket } = useServices();
  const { busy, error, onSubmit } = useSubmit(async (form) => {
    await api.erase('/api/user', {}, { password: text(form, 'password'), deleteSites: form.has('deleteSites') });
    socket.stop();
    session.clear();
  });
  return (
    <Dialog title="Delete your account?" onClose={onClose}>
      <p>
        Sessions, API keys, memberships and your own segments end at once. The activity log loses your name, address and
        browser. This cannot be undone.
      </p>
      <form onSubmit={onSubmit}>
        <Switch
          label="Purge my sites, too"
          hint="All their data are gone for good. Without this, sites you own have to be transferred or purged first."
          name="deleteSites"
          checked={false}
        />
        <Field label="Password">
          {(ids) => <input {...ids} name="password" type="password" required autocomplete="current-password" />}
        </Field>
        <FormError error={error} />
        <footer class="dialog-foot">
          <button type="button" class="button quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button danger" disabled={busy}>
            Delete the account
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function PersonalData() {
  const { api } = useServices();
  const [asking, setAsking] = useState(false);
  const take = () =>
    void api.file('/api/user/export').then(
      (file) => save(`account-${new Date().toISOString().slice(0, 10)}.json`, 'application/json', file),
      (error: unknown) => toast(asApiError(error).message, 'bad'),
    );
  return (
    <>
      <Card title="Your data">
        <div class="danger-row">
          <div>
            <h3>Export</h3>
            <p class="soft">
              Profile, sessions, keys, memberships, segments, annotations and activity as one JSON file, without
              secrets.
            </p>
          </div>
          <button type="button" class="button" onClick={take}>
            Export my data
          </button>
        </div>
      </Card>
      <Card title="Delete the account">
        <div class="danger-row">
          <div>
            <p class="soft">Goals, funnels, alerts and annotations on other people’s sites stay, without your name.</p>
          </div>
          <button type="button" class="button danger" onClick={() => setAsking(true)}>
            Delete my account
          </button>
        </div>
      </Card>
      {asking && <DeleteDialog onClose={() => setAsking(false)} />}
    </>
  );
}
