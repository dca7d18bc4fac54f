package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/leadmatch/leadmatch/server"
)

// traces returns where traces go, and what sends off the last of them; nothing unless OpenTelemetry's own variables name a
// collector: OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME and
// the others do what OpenTelemetry says.
func traces(ctx context.Context, log *slog.Logger) (trace.TracerProvider, func(), error) {
	named := os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
	if !named || os.Getenv("OTEL_SDK_DISABLED") == "true" || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return nil, func() {}, nil
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces cannot be sent", "cause", err) }))
	exporter, err := otlptracegrpc.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: OpenTelemetry: %w", server.ErrConfig, err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "leadmatchd"), attribute.String("service.version", server.Version())), resource.WithFromEnv())
	if err != nil {
		return nil, nil, fmt.Errorf("%w: OpenTelemetry: %w", server.ErrConfig, err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return provider, func() {
		ctx, cancel := context.WithTimeout(context.Background(), flushTime)
		defer cancel()
		_ = provider.Shutdown(ctx) // what cannot be sent is lost; the server has ended well
	}, nil
}

const flushTime = 2 * time.Second
