import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Sends one trace, one log record and a metric over the protocol that OTEL_EXPORTER_OTLP_PROTOCOL names (`grpc`, `http/protobuf`).
 * The SDK configures itself, by nothing but the environment, and exports all three signals then.
 * Prints `{"trace_id", "agent_span", "tool_span"}`, ids in lower-case hex.
 */
public final class Emit {
  public static void main(String[] args) {
    OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
        .addResourceCustomizer((resource, config) -> resource.merge(Resource.create(attributes("service.name", "refund-service"))))
        .build().getOpenTelemetrySdk();
    var tracer = sdk.getTracer("sdks");
    Span agent = tracer.spanBuilder("invoke_agent refund-agent").setAllAttributes(attributes(
        "gen_ai.operation.name", "invoke_agent", "gen_ai.agent.name", "refund-agent",
        "user.id", "u-1", "gen_ai.conversation.id", System.getenv("EMIT_CONVERSATION"))).startSpan();
    Span tool;
    try (Scope inAgent = agent.makeCurrent()) {
      tool = tracer.spanBuilder("execute_tool payments.refund").setAllAttributes(attributes(
          "gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "payments.refund", "gen_ai.tool.call.id", "call_1")).startSpan();
      try (Scope inTool = tool.makeCurrent()) {
        sdk.getLogsBridge().get("sdks").logRecordBuilder().setSeverity(Severity.INFO).setBody("permitted").setAllAttributes(attributes(
            "gen_ai.tool.call.id", "call_1", "onbehalf.decision.effect", "permit", "onbehalf.decision.policy.id", "refunds")).emit();
      }
      tool.end();
    }
    agent.end();
    sdk.getMeterProvider().get("sdks").counterBuilder("refunds").build().add(1);

    boolean flushed = CompletableResultCode.ofAll(List.of(
        sdk.getSdkTracerProvider().forceFlush(), sdk.getSdkLoggerProvider().forceFlush(), sdk.getSdkMeterProvider().forceFlush())).join(10, TimeUnit.SECONDS).isSuccess();
    sdk.shutdown().join(10, TimeUnit.SECONDS);
    System.out.printf("{\"trace_id\":\"%s\",\"agent_span\":\"%s\",\"tool_span\":\"%s\"}%n",
        agent.getSpanContext().getTraceId(), agent.getSpanContext().getSpanId(), tool.getSpanContext().getSpanId());
    System.exit(flushed ? 0 : 1);
  }

  /** @param said names and values by turns */
  private static Attributes attributes(String... said) {
    var attributes = Attributes.builder();
    for (int i = 0; i < said.length; i += 2) attributes.put(AttributeKey.stringKey(said[i]), said[i + 1]);
    return attributes.build();
  }
}
