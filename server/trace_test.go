package server

import (
	"fmt"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc/metadata"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// TestTraces follows calls by both ways in, and looks for what is nobody's business.
func TestTraces(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	r := start(t, Config{
		DataDir: t.TempDir(), HTTPListen: anyPort,
		Traces: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample()))),
	})
	const byGRPC, byHTTP, unsampled = "11111111111111111111111111111111", "22222222222222222222222222222222", "33333333333333333333333333333333"
	parent := func(trace, flags string) string { return "00-" + trace + "-1234567890123456-" + flags }
	ctx := metadata.AppendToOutgoingContext(t.Context(), "traceparent", parent(byGRPC, "01"))
	if _, err := r.Match(ctx, &leadmatchv1.MatchRequest{Lead: acmeLead("secret")}); err != nil {
		t.Fatal(err)
	}
	body := `{"lead":{"company":"Acme Rocket Works"}}`
	for _, p := range []string{parent(byHTTP, "01"), parent(unsampled, "00"), "nonsense\xff"} {
		if got := r.request(t, "POST", "/v1/match", body, "Traceparent", p); got.code != 200 {
			t.Errorf("%q: %d %s", p, got.code, got.body)
		}
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, s := range spans.Ended() {
		seen[s.SpanContext().TraceID().String()+" "+s.Name()]++
		for _, secret := range []string{"secret", "Acme", "acmerockets"} {
			if text := fmt.Sprint(s.Attributes(), s.Events()); strings.Contains(text, secret) {
				t.Errorf("a span holds %q: %s", secret, text)
			}
		}
	}
	const name = " leadmatch.v1.MatchService/Match"
	if len(seen) != 2 || seen[byGRPC+name] != 1 || seen[byHTTP+name] != 1 {
		t.Errorf("%v", seen)
	}
}
