/** A webhook's new secret. It is shown once, and never kept by the page. */
import { Button } from "../components/Button";
import { Code } from "../components/Code";
import { Copyable } from "../components/Copy";
import { Dialog } from "../components/Dialog";
import type { IssuedWebhook } from "../model";
import { zone } from "../state";
import { formatMoment } from "../zone";

const VERIFIED = `from standardwebhooks.webhooks import Webhook

event = Webhook(secret).verify(body, headers)`;

export function Secret({ webhook, onClose }: { webhook: IssuedWebhook; onClose: () => void }) {
  return (
    <Dialog title="The secret that signs" onClose={onClose}>
      {webhook.secret ? (
        <>
          <p>
            <strong>It is shown this once.</strong> Put it where the receiver finds it: with it he sees that an event is
            from Dayline, and refuses what is not.
          </p>
          <Copyable text={webhook.secret} label="The secret" />
          <p>
            Every library for Standard Webhooks does that. In Python, with <code>pip install standardwebhooks</code>:
          </p>
          <div class="json">
            <Code text={VERIFIED} label="How to verify an event" />
          </div>
        </>
      ) : (
        <p role="alert">It was shown before and cannot be shown again. Change the secret, and take the new one.</p>
      )}
      {webhook.former_secret_until && (
        <p>
          Until {formatMoment(webhook.former_secret_until, zone.value)} each event carries the signature by the former
          secret too, so that nothing is refused meanwhile.
        </p>
      )}
      <div class="dialog-foot">
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </div>
    </Dialog>
  );
}
