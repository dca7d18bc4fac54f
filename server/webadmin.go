package server

import (
	"net/http"
	"net/http/pprof"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc/status"

	"github.com/leadmatch/leadmatch/server/access"
)

// observe adds what lets people look into the server: /metrics for Prometheus, and /debug/pprof/ for go tool pprof. Where
// there are tokens, they ask for one with the admin scope.
func (w *web) observe(mux *http.ServeMux) {
	mux.Handle("GET /metrics", w.adminOnly(promhttp.HandlerFor(w.server.registry(), promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: maxScrapes,
	})))
	for path, handler := range map[string]http.HandlerFunc{
		"GET /debug/pprof/": pprof.Index, "GET /debug/pprof/profile": pprof.Profile, "GET /debug/pprof/trace": pprof.Trace,
		"GET /debug/pprof/cmdline": http.NotFound, // it may hold what is nobody's business
	} {
		mux.Handle(path, w.adminOnly(handler))
	}
}

const maxScrapes = 4 // at once; each takes as long as it takes to look at the store's folder

func (w *web) adminOnly(next http.Handler) http.Handler {
	rule := rule{kind: outside, scopes: access.Admin}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if err := w.server.allow(&admitted{rule: rule}, r.URL.Path, r.Header["Authorization"]); err != nil {
			webCallOf(r.Context()).answer(status.Convert(err), runtime.HTTPStatusFromCode(status.Code(err)))
			return
		}
		next.ServeHTTP(rw, r)
	})
}
