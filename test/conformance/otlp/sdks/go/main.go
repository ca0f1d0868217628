// Sends one trace and one log record over the protocol that OTEL_EXPORTER_OTLP_PROTOCOL names (`grpc`, `http/protobuf`).
//
// The exporters are made without options: where they send to and with which credential is said by the environment alone.
// Prints `{"trace_id", "agent_span", "tool_span"}`, ids in lower-case hex.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	if err := emit(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func emit(ctx context.Context) error {
	spans, records, err := exporters(ctx)
	if err != nil {
		return err
	}
	service, err := resource.Merge(resource.Default(), resource.NewSchemaless(attribute.String("service.name", "refund-service")))
	if err != nil {
		return err
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans), sdktrace.WithResource(service))
	logs := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(records)), sdklog.WithResource(service))
	tracer, logger := traces.Tracer("sdks"), logs.Logger("sdks")

	inAgent, agent := tracer.Start(ctx, "invoke_agent refund-agent", trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "invoke_agent"), attribute.String("gen_ai.agent.name", "refund-agent"),
		attribute.String("user.id", "u-1"), attribute.String("gen_ai.conversation.id", os.Getenv("EMIT_CONVERSATION"))))
	inTool, tool := tracer.Start(inAgent, "execute_tool payments.refund", trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "execute_tool"), attribute.String("gen_ai.tool.name", "payments.refund"),
		attribute.String("gen_ai.tool.call.id", "call_1")))
	var decision log.Record
	decision.SetSeverity(log.SeverityInfo)
	decision.SetBody(attribute.StringValue("permitted"))
	decision.AddAttributes(attribute.String("gen_ai.tool.call.id", "call_1"), attribute.String("onbehalf.decision.effect", "permit"),
		attribute.String("onbehalf.decision.policy.id", "refunds"))
	logger.Emit(inTool, decision)
	tool.End()
	agent.End()

	err = errors.Join(traces.ForceFlush(ctx), logs.ForceFlush(ctx), traces.Shutdown(ctx), logs.Shutdown(ctx))
	return errors.Join(err, json.NewEncoder(os.Stdout).Encode(map[string]string{
		"trace_id": agent.SpanContext().TraceID().String(), "agent_span": agent.SpanContext().SpanID().String(), "tool_span": tool.SpanContext().SpanID().String(),
	}))
}

func exporters(ctx context.Context) (sdktrace.SpanExporter, sdklog.Exporter, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc" {
		spans, err := otlptracegrpc.New(ctx)
		records, err2 := otlploggrpc.New(ctx)
		return spans, records, errors.Join(err, err2)
	}
	spans, err := otlptracehttp.New(ctx)
	records, err2 := otlploghttp.New(ctx)
	return spans, records, errors.Join(err, err2)
}
