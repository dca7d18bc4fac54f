package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	gateway "github.com/leadmatch/leadmatch/server/gateway"
)

// handler returns what answers all requests.
func (w *web) handler() http.Handler {
	calls := w.gateway()
	mux := http.NewServeMux()
	mux.Handle("/", calls) // which says what there is no call for
	mux.HandleFunc("GET /openapi.json", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write(gateway.OpenAPI)
	})
	if console := w.server.cfg.Console; console != nil {
		mux.Handle("GET /console/", http.StripPrefix("/console", console))
		mux.Handle("GET /{$}", http.RedirectHandler("/console/", http.StatusFound))
	}
	w.observe(mux)
	return w.guarded(mux)
}

// gateway returns what answers the calls of leadmatch.v1.
func (w *web) gateway() http.Handler {
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newMarshaler()),
		runtime.WithMetadata(w.outgoing),
		runtime.WithIncomingHeaderMatcher(func(string) (string, bool) { return "", false }), // outgoing says what goes on
		runtime.WithOutgoingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithOutgoingTrailerMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithForwardResponseRewriter(rewrite),
		runtime.WithErrorHandler(answerError),
		runtime.WithStreamErrorHandler(streamError),
		runtime.WithRoutingErrorHandler(answerRoutingError),
		runtime.WithHealthzEndpoint(healthv1.NewHealthClient(w.client)),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithDisablePathLengthFallback(),
	)
	register := func(err error) {
		if err != nil {
			panic(err) // the generated code registers patterns that are constants
		}
	}
	ctx := context.Background() // which they do not use
	register(gateway.RegisterMatchServiceHandler(ctx, mux, w.client))
	register(gateway.RegisterAccountServiceHandler(ctx, mux, w.client))
	register(gateway.RegisterOverrideServiceHandler(ctx, mux, w.client))
	register(gateway.RegisterAdminServiceHandler(ctx, mux, w.client))
	return mux
}

// guarded stands before all requests: it gives each its webCall, keeps out what a browser sends on another page's behalf,
// and lets no panic out.
func (w *web) guarded(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		call := w.begin(rw, r)
		defer call.end()
		h := rw.Header()
		h.Set("X-Request-Id", call.id)
		h.Set("X-Content-Type-Options", "nosniff")
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			h.Set("Cache-Control", "no-store")
		}
		err := w.checkHost(r.Host)
		if crossOrigin.Check(r) != nil {
			err = errCrossOrigin
		}
		if err != nil {
			call.answer(status.New(codes.PermissionDenied, err.Error()), http.StatusForbidden)
			return
		}
		next.ServeHTTP(call, call.request)
	})
}

var errCrossOrigin = errors.New("a page of another origin may not call this")

// checkHost keeps out pages that have their own name point to this machine (DNS rebinding): where there are neither
// tokens nor TLS, and nobody has said that anybody may call, a request must name this machine or an address.
func (w *web) checkHost(host string) error {
	cfg := &w.server.cfg
	if cfg.Tokens != "" || cfg.TLSCert != "" || cfg.ListenAnywhere {
		return nil
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if name == "localhost" || net.ParseIP(strings.Trim(name, "[]")) != nil {
		return nil
	}
	return errors.New("without tokens and TLS, the Host must be localhost or an address")
}

// strictQuery refuses parameters that a call does not have; the gateway's own way is to ignore them.
type strictQuery struct{ runtime.DefaultQueryParser }

func init() { runtime.SetQueryParameterParser(strictQuery{})(nil) } // it is one for all of a process

func (q strictQuery) Parse(m proto.Message, values url.Values, filter *utilities.DoubleArray) error {
	fields := m.ProtoReflect().Descriptor().Fields()
	for key := range values {
		if fields.ByTextName(key) == nil && fields.ByJSONName(key) == nil {
			return fmt.Errorf("there is no parameter %.64q", key)
		}
	}
	err := q.DefaultQueryParser.Parse(m, values, filter)
	var number *strconv.NumError
	if errors.As(err, &number) {
		return fmt.Errorf("a parameter is not a number as it must be: %.64q", number.Num)
	}
	return err
}
