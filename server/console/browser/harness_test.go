package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var (
	programs    = flag.String("programs", "../../../bin", "folder with leadmatchd and leadmatch")
	chromium    = flag.String("chromium", "chromium", "the browser")
	screenshots = flag.String("screenshots", "", "folder to keep screenshots in; none are kept without")
)

const (
	sampleAccounts = "../../../bench/sample/accounts.csv"
	sampleLeads    = "../../../bench/sample/leads.csv"
	patience       = time.Minute // of everything that is waited for; machines are slow
)

// server has the addresses of a leadmatchd that runs until the test ends.
type server struct{ grpc, http string }

var servingAt = regexp.MustCompile(`address=(\S+) http=(\S+)`)

func serve(t *testing.T, args ...string) *server {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(*programs, "leadmatchd"),
		append([]string{"--listen", "127.0.0.1:0", "--data", t.TempDir()}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; make build makes the programs", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() })
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if m := servingAt.FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, stderr) }()
			return &server{grpc: m[1], http: m[2]}
		}
	}
	t.Fatal("leadmatchd has ended before it served")
	return nil
}

// sample is a server with the sample's accounts.
func sample(t *testing.T) *server {
	s := serve(t)
	s.leadmatch(t, "accounts", "import", sampleAccounts)
	return s
}

func (s *server) leadmatch(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(*programs, "leadmatch"), append([]string{"--addr", s.grpc}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("leadmatch %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// call makes a call of the API beside the browser, and reads its answer into one of T.
func call[T any](t *testing.T, s *server, method, path, body string) (answer T) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.http+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, text, err)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// tab is a page of the console in a browser. What the page logs as an error fails the test.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu     sync.Mutex // guards logged
	logged []string
}

// open shows a page of the console; scheme is "light" or "dark".
func open(t *testing.T, s *server, page, scheme string) *tab {
	t.Helper()
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(*chromium), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.WindowSize(1280, 940))...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(alloc)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); closeTab() })
	b := &tab{t: t, ctx: ctx}
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleException {
				b.mu.Lock()
				b.logged = append(b.logged, m.Text)
				b.mu.Unlock()
			}
		}
	}()
	b.do(chromedp.Navigate("http://" + s.http + "/console/#" + page))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// eval evaluates an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits until an expression is true.
func (b *tab) until(expression string) {
	b.t.Helper()
	for end := time.Now().Add(patience); !eval[bool](b, "Boolean("+expression+")"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("it does not come to this: %s\nthe page says:\n%s\nand logs: %q", expression, b.text("body"), b.errors())
		}
	}
}

// says waits until an element's text has a part.
func (b *tab) says(selector, part string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector(%q)?.textContent.includes(%q)", selector, part))
}

// text is an element's text as people see it.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// press clicks the button that says this.
func (b *tab) press(text string) {
	b.t.Helper()
	button := fmt.Sprintf("[...document.querySelectorAll('button')].find(b => b.textContent.trim().startsWith(%q) && !b.disabled)", text)
	b.until(button)
	eval[bool](b, "("+button+".click(), true)")
}

// enter types into a field, key by key.
func (b *tab) enter(selector, text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// drop gives the page a file.
func (b *tab) drop(file string) {
	b.t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{path}))
}

func (b *tab) errors() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logged
}

// quiet fails the test when the page has logged errors, of its policy about content, for one.
func (b *tab) quiet() {
	b.t.Helper()
	if logged := b.errors(); len(logged) > 0 {
		b.t.Errorf("the page logs: %q", logged)
	}
}

const maxPicture = 150_000 // bytes; they are kept in the repository

// picture keeps a screenshot where they are wanted.
func (b *tab) picture(name string) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	text, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	image, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	var small bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, image); err != nil {
		b.t.Fatal(err)
	}
	if small.Len() > maxPicture {
		b.t.Errorf("%s has %d bytes, more than %d", name, small.Len(), maxPicture)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), small.Bytes(), 0o644); err != nil {
		b.t.Fatal(err)
	}
}
