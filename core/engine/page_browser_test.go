package engine

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

// TestPagesInABrowser shows the pages to a real browser, which enforces their policy.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	browser := startBrowser(t)
	pages := testPages()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, found := pages[strings.TrimPrefix(r.URL.Path, "/")]
		if !found {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(rendered(t, p)))
	}))
	t.Cleanup(server.Close)
	open := func(t *testing.T, name string) *tab { return openTab(t, browser, server.URL+"/"+name) }

	t.Run("search", func(t *testing.T) { testSearch(t, open(t, "role")) })
	t.Run("search all roles", func(t *testing.T) { testSearchOfAll(t, open(t, "all")) })
	t.Run("keyboard", func(t *testing.T) { testKeyboard(t, open(t, "role")) })
	t.Run("without script", func(t *testing.T) { testWithoutScript(t, browser, server.URL+"/role") })
	t.Run("print", func(t *testing.T) { testPrint(t, open(t, "role")) })
	for name, p := range pages {
		t.Run(name, func(t *testing.T) {
			b := open(t, name)
			testContrast(t, b)
			testNarrow(t, b)
			testStructure(t, b, p) // last, for it provokes the policy
		})
	}
}

func startBrowser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome", "headless-shell"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed: the pages are not shown to a browser")
	}
	options := slices.Concat(chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.WSURLReadTimeout(time.Minute),
	})
	limited, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	allocator, stop := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(stop)
	browser, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	return browser
}

// tab is a page in the browser. Its test fails if the page complained: an error, a
// violation of the policy, a dialog.
type tab struct {
	*testing.T
	ctx context.Context
	mu  sync.Mutex
	bad []string
}

func openTab(t *testing.T, browser context.Context, url string, before ...func(*tab)) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	b := &tab{T: t, ctx: ctx}
	t.Cleanup(func() {
		cancel()
		if bad := b.takeComplaints(); len(bad) > 0 {
			t.Errorf("the page complained: %q", bad)
		}
	})
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	command(b, cdplog.Enable, cdp.Empty{})
	command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1200, Height: 900, DeviceScaleFactor: 1})
	for _, f := range before {
		f(b)
	}
	b.do(chromedp.Navigate(url))
	return b
}

func (b *tab) listen(event any) {
	var said string
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		if !strings.Contains(e.Entry.URL, "/favicon.ico") { // a browser's own wish
			said = e.Entry.Text
		}
	case *runtime.EventExceptionThrown:
		said = fmt.Sprintf("%s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *runtime.EventConsoleAPICalled:
		said = "console." + string(e.Type)
	case *cdpage.EventJavascriptDialogOpening:
		said = "dialog " + e.Message
		go func() {
			_, _ = chromedp.Call(b.ctx, cdpage.HandleJavaScriptDialog, cdpage.HandleJavaScriptDialogParams{})
		}()
	}
	if said != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.bad = append(b.bad, said)
	}
}

func (b *tab) takeComplaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	bad := b.bad
	b.bad = nil
	return bad
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// command sends a command of the DevTools protocol.
func command[P any](b *tab, c cdp.Command[P, cdp.Empty], params P) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, c, params); err != nil {
		b.Fatal(err)
	}
}

// eval computes an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatal(err)
	}
	return v
}

const (
	shownRows = `[...document.querySelectorAll("tbody tr")].filter(r => r.checkVisibility()).map(r => r.querySelector("th").textContent.trim() + " " + r.querySelector(".id").textContent)`
	statusNow = `document.getElementById("status").textContent`
)

func (b *tab) search(text string) {
	b.Helper()
	b.do(chromedp.Focus("#search"), chromedp.KeyEvent(kb.Escape))
	if text != "" {
		b.do(chromedp.SendKeys("#search", text))
	}
}

func testSearch(t *testing.T, b *tab) {
	const payments, shop, lab, spare = "payments 111122223333", "Shop 222233334444", "lab@example.com 012345670123", "444455556666 444455556666"
	all := []string{lab, payments, payments, shop, spare}
	for _, tt := range []struct {
		typed string
		rows  []string
		says  string
	}{
		{"", all, "4 accounts"},
		{"SHOP", []string{shop}, "1 of 4 match"},
		{"0123456", []string{lab}, "1 of 4 match"},
		{"production", []string{payments, payments, shop}, "2 of 4 match"},
		{"production pci", []string{payments, payments}, "1 of 4 match"},
		{"  shop   production ", []string{shop}, "1 of 4 match"},
		{"payments@example.com", []string{payments, payments}, "1 of 4 match"},
		{"devops", all, "4 of 4 match"},
		{"shop nothing", []string{}, "0 of 4 match"},
		{"", all, "4 accounts"},
	} {
		b.search(tt.typed)
		if diff := cmp.Diff(tt.rows, eval[[]string](b, shownRows)); diff != "" {
			t.Errorf("%q shows (-want +got):\n%s", tt.typed, diff)
		}
		if got := eval[string](b, statusNow); got != tt.says {
			t.Errorf("%q says %q, want %q", tt.typed, got, tt.says)
		}
	}
	b.search("shop")
	const headings = `[...document.querySelectorAll("h2, nav li")].filter(e => e.checkVisibility()).map(e => e.textContent)`
	if diff := cmp.Diff([]string{"production 2", "production 1 of 2 accounts"}, eval[[]string](b, headings)); diff != "" {
		t.Errorf("groups and their counts (-want +got):\n%s", diff)
	}
}

func testSearchOfAll(t *testing.T, b *tab) {
	b.search("audit production")
	want := []string{"payments 111122223333", "payments 111122223333"}
	if diff := cmp.Diff(want, eval[[]string](b, shownRows)); diff != "" || eval[string](b, statusNow) != "1 of 4 match" {
		t.Error(eval[string](b, statusNow), diff)
	}
}

// testKeyboard walks through the page with the tab key and looks where the focus is.
func testKeyboard(t *testing.T, b *tab) {
	const focused = `(e => { const s = getComputedStyle(e); return (e.id || e.textContent.trim()) + (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 ? "" : " (not seen)") })(document.activeElement)`
	var got []string
	for range 10 {
		b.do(chromedp.KeyEvent(kb.Tab))
		got = append(got, eval[string](b, focused))
	}
	want := []string{"search", "development", "pci", "production", "No group", "lab@example.com", "payments", "payments", "Shop", "444455556666"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the focus goes (-want +got):\n%s", diff)
	}
	b.search("shop")
	b.do(chromedp.KeyEvent(kb.Enter))
	if got := eval[string](b, focused); got != "Shop" {
		t.Errorf("Enter in the search leads to %q", got)
	}
}

func testWithoutScript(t *testing.T, browser context.Context, url string) {
	b := openTab(t, browser, url, func(b *tab) {
		command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	})
	if got := eval[[]string](b, shownRows); len(got) != 5 {
		t.Errorf("shown are %q", got)
	}
	if eval[bool](b, `document.getElementById("search").checkVisibility()`) {
		t.Error("a search that cannot work is shown")
	}
}

func testPrint(t *testing.T, b *tab) {
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	if eval[bool](b, `document.querySelector(".tools, nav").checkVisibility()`) || len(eval[[]string](b, shownRows)) != 5 {
		t.Error("printed are the tools, or not all rows")
	}
}

// testStructure compares the elements with those that the data calls for: a name that
// became markup would add some.
func testStructure(t *testing.T, b *tab, p *page) {
	rows, links := 0, len(p.Pages)
	for _, g := range p.Groups {
		rows += len(g.Rows)
		for _, r := range g.Rows {
			links += len(r.Roles)
		}
	}
	scripts := min(len(p.Groups), 1)
	if len(p.Groups) > 1 {
		links += len(p.Groups)
	}
	count := func(selector string) int {
		return eval[int](b, fmt.Sprintf(`document.querySelectorAll(%q).length`, selector))
	}
	for selector, want := range map[string]int{
		"tbody tr": rows, "tbody th[scope=row]": rows, "a[href]": links, "script": scripts, "style": 1, "h1": 1, "main": 1, "header": 1, "footer": min(len(p.Notes), 1),
		"thead th[scope=col]": 3 * len(p.Groups), "h2": len(p.Groups) + min(len(p.Pages), 1), "input": scripts, "label[for=search]": scripts,
		"img, svg, iframe, object, embed, base, form, link, [style], [onclick], [onerror], [onload], [onmouseover]": 0,
	} {
		if got := count(selector); got != want {
			t.Errorf("%d elements %s, want %d", got, selector, want)
		}
	}
	if bad := eval[[]string](b, `[...document.links].map(a => a.protocol).filter(p => p !== "https:" && p !== location.protocol)`); len(bad) > 0 {
		t.Errorf("links lead to %q", bad)
	}
	if bad := b.takeComplaints(); len(bad) > 0 {
		t.Errorf("the page complained: %q", bad)
	}
	// The policy stops what a mistake in the escaping would let through.
	if eval[bool](b, foreign) {
		t.Error("a foreign style, script or handler takes effect")
	}
	if bad := b.takeComplaints(); len(bad) < 3 || slices.ContainsFunc(bad, func(s string) bool { return !strings.Contains(s, "Content Security Policy") }) {
		t.Errorf("the policy says %q", bad)
	}
}

// foreign adds a style, a script and a handler that the page does not have.
const foreign = `(() => {
	const style = document.createElement("style"), script = document.createElement("script"), main = document.querySelector("main");
	style.textContent = "h1 { color: rgb(1, 2, 3) }";
	script.textContent = "document.title = 'taken'";
	document.head.append(style, script);
	main.setAttribute("onclick", "document.title = 'taken'");
	main.click();
	return getComputedStyle(document.querySelector("h1")).color === "rgb(1, 2, 3)" || document.title === "taken";
})()`

// contrast is the least contrast, as WCAG 2 defines it, of any text with what is
// behind it.
const contrast = `(() => {
	const rgb = (c) => c.match(/[\d.]+/g).map(Number);
	const light = (c) => { const [r, g, b] = rgb(c).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
	const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if ((rgb(c)[3] ?? 1) > 0) return c } return "rgb(255, 255, 255)" };
	let least = 21;
	for (const e of document.querySelectorAll("body *")) {
		if (!e.checkVisibility() || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
		const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
		least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
	}
	return least;
})()`

func testContrast(t *testing.T, b *tab) {
	papers := map[string]bool{}
	for _, scheme := range []string{"light", "dark"} {
		command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		if got := eval[float64](b, contrast); got < 4.5 {
			t.Errorf("the least contrast in %s is %.2f, want 4.5", scheme, got)
		}
		papers[eval[string](b, `getComputedStyle(document.body).backgroundColor`)] = true
	}
	if len(papers) != 2 {
		t.Errorf("light and dark look the same: %v", papers)
	}
}

func testNarrow(t *testing.T, b *tab) {
	command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 700, DeviceScaleFactor: 1, Mobile: true})
	if over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		t.Errorf("the page is %d pixels wider than a small screen", over)
	}
}
