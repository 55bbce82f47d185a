package browsertest

import (
	"fmt"
	"testing"

	"jianzheng/scripts/chrome"
)

// Each of the five outcomes is reached by each way in.
func TestOutcomesByEachWay(t *testing.T) {
	server := chrome.StartServer(t)
	// The endpoint can be made unreachable for redemptions alone.
	c, camera := openFilmed(t, server, `{
		globalThis.gone = false;
		const send = fetch;
		globalThis.fetch = (url, init) => (gone && String(url).includes('/v1/redeem') ? Promise.reject(new TypeError('gone')) : send(url, init));
	}`)
	c.cameraIs("live", "")
	phone := newPhone(t, server)
	filmed := false
	ways := []struct {
		name string
		give func(text string)
	}{
		{"camera", func(text string) { filmed = true; c.film(camera, text) }},
		{"file", func(text string) { c.Choose("[data-testid=file]", drawing(t, text)) }},
		{"drop", func(text string) { c.Drop(drawing(t, text)) }},
		{"paste", c.Paste},
		{"typed", c.submit},
		{"scanner", func(text string) { c.scan(c.Scan, text) }},
		{"phone", nil},
	}
	people := map[string]string{"accepted": "valid", "rejected": "under-18", "undetermined": "full"}
	read := 0 // so that no two texts are the same
	for _, o := range []struct{ outcome, reason string }{
		{"accepted", "ok"}, {"conditional", "static-card"}, {"rejected", "under-age"},
		{"undetermined", "redeem-unreachable"}, {"unreadable", "other-code"},
	} {
		for _, way := range ways {
			t.Run(o.outcome+"/"+way.name, func(t *testing.T) {
				c.t, phone.t = t, t
				read++
				reason := o.reason
				c.Eval(fmt.Sprintf(`gone = %v`, o.outcome == "undetermined"), nil)
				switch {
				case way.name == "phone" && o.outcome == "conditional":
					phone.send("portrait", c.challenge(), "photo")
					reason = "compare-person"
				case way.name == "phone" && o.outcome == "unreadable":
					phone.deliver([]byte("DEMO no presentation"), c.challenge())
					reason = "malformed"
				case way.name == "phone":
					phone.send(people[o.outcome], c.challenge())
				case o.outcome == "conditional":
					way.give(paperCard(t, server, fmt.Sprintf("演示·甲%d", read), nil))
				case o.outcome == "unreadable":
					way.give(fmt.Sprintf("HTTPS://EXAMPLE.COM/MENU/%d", read))
				default:
					way.give(phone.answer(people[o.outcome], c.challenge()))
				}
				c.verdict(o.outcome, reason)
				if filmed {
					c.film(camera, "")
					filmed = false
				}
				if o.outcome == "conditional" {
					c.decide("different", "rejected", "person-different")
					c.answered = c.shown
				}
				c.next()
			})
		}
	}
}
