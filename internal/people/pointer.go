package people

import (
	"math"
	"strings"
	"time"
)

// Where things are on every page of the made-up site, in CSS px from the top: a bar with links, a picture, a button that invites, then text.
const (
	barTop    = 34
	heroTop   = 230
	inviteTop = 420
	actTop    = 640
	barGap    = 130 // between links
)

// onPhone tells whether the window is one column, where what stands side by side elsewhere stands below each other.
func (s Size) onPhone() bool { return s.Width < 600 }

// spot is something that people point at.
type spot struct {
	x, y                    int // its middle
	selector, element, text string
}

// linkSpot is where a page's link stands: the first one is the button that invites, the others are in the bar.
func linkSpot(at *page, to string, window Size) spot {
	n := 0
	for i, l := range at.links {
		if l.to == to {
			n = i
		}
	}
	text := title(to)
	switch {
	case n == 0:
		return spot{window.Width / 2, inviteTop, "main > a.invite", "a.invite", text}
	case window.onPhone():
		return spot{window.Width / 2, barTop + 52*n, "nav a[href='" + to + "']", "a", text}
	default:
		return spot{window.Width/3 + barGap*n, barTop, "nav a[href='" + to + "']", "a", text}
	}
}

// actSpot is where an action's button stands.
func actSpot(a *action, window Size) spot {
	words := strings.ReplaceAll(a.name, "_", " ")
	return spot{window.Width * 2 / 5, actTop, "#" + a.name, "button#" + a.name, words}
}

// title makes words of a path: "/docs/self-hosting" is "Self hosting".
func title(path string) string {
	words := strings.ReplaceAll(path[strings.LastIndexByte(path, '/')+1:], "-", " ")
	if words == "" {
		return "Home"
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// click presses a spot, not quite in its middle.
func (v *visit) click(at *page, s spot, load, now time.Time) *Event {
	window := v.person.viewport
	e := v.event("click", at.path, now)
	x := clamp(s.x+int(v.dice.NormFloat64()*14), window.Width-1)
	y := max(0, s.y+int(v.dice.NormFloat64()*6))
	e.X, e.Y, e.Viewport = &x, &y, &window
	e.Selector, e.Element, e.Text = s.selector, s.element, s.text
	e.SinceLoad = now.Sub(load).Milliseconds()
	v.events = append(v.events, e)
	return &v.events[len(v.events)-1]
}

// fumble is what a page with a picture that looks like a button leads to: clicks without effect, now and then in anger.
func (v *visit) fumble(at *page, load time.Time, stay time.Duration) {
	if at.height < 3000 || !v.dice.chance(0.06) {
		return
	}
	picture := spot{v.person.viewport.Width * 7 / 10, heroTop, "main > img.tour", "img.tour", ""}
	e := v.click(at, picture, load, load.Add(stay*2/5))
	e.Dead = true
	if v.dice.chance(0.2) {
		e.Rage = 5 + v.dice.below(4)
	}
}

const movePoints = 12

// move leads the pointer from somewhere to a spot; fingers leave no such way.
func (v *visit) move(at *page, to spot, now time.Time) {
	window := v.person.viewport
	if window.Width < 1000 || !v.dice.chance(0.6) {
		return
	}
	e := v.event("move", at.path, now)
	x, y := float64(v.dice.below(window.Width)), float64(v.dice.below(window.Height))
	for i := range movePoints {
		part := float64(i+1) / movePoints
		e.Points = append(e.Points, [2]int{
			clamp(int(x+(float64(to.x)-x)*part+v.dice.NormFloat64()*18), window.Width-1),
			max(0, int(y+(float64(to.y)-y)*part+v.dice.NormFloat64()*18)),
		})
	}
	e.Viewport = &window
	v.events = append(v.events, e)
}

const maxDwell = 8

// dwell is how long each window's height of the part that was seen was looked at: most at the top and where reading ended.
func (v *visit) dwell(window Size, seen int, stay time.Duration) [][2]int {
	n := min(maxDwell, 1+seen/max(1, window.Height))
	total := 0.0
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = (0.5 + v.dice.Float64()) * (1 + 1.5*math.Exp(-float64(i)))
		total += weights[i]
	}
	parts := make([][2]int, n)
	for i, w := range weights {
		parts[i] = [2]int{i * window.Height, int(w / total * float64(min(stay, time.Hour).Milliseconds()))}
	}
	return parts
}

func clamp(n, most int) int { return min(max(0, n), most) }
