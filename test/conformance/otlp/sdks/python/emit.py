"""Sends one trace and one log record over the protocol that OTEL_EXPORTER_OTLP_PROTOCOL names (`grpc`, `http/protobuf`).

The exporters are made without arguments: where they send to and with which credential is said by the environment alone.
Prints `{"trace_id", "agent_span", "tool_span"}`, ids in lower-case hex.
"""
import json
import os
import sys

from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

if os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

resource = Resource.create({"service.name": "refund-service"})
traces = TracerProvider(resource=resource)
traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
tracer = traces.get_tracer("sdks")
logger = logs.get_logger("sdks")

run = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "refund-agent", "user.id": "u-1", "gen_ai.conversation.id": os.environ["EMIT_CONVERSATION"]}
call = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "payments.refund", "gen_ai.tool.call.id": "call_1"}
decision = {"gen_ai.tool.call.id": "call_1", "onbehalf.decision.effect": "permit", "onbehalf.decision.policy.id": "refunds"}
with tracer.start_as_current_span("invoke_agent refund-agent", attributes=run) as agent:
    with tracer.start_as_current_span("execute_tool payments.refund", attributes=call) as tool:
        logger.emit(severity_number=SeverityNumber.INFO, body="permitted", attributes=decision)

flushed = traces.force_flush() and logs.force_flush()
traces.shutdown()
logs.shutdown()
ids = {name: format(span.get_span_context().span_id, "016x") for name, span in {"agent_span": agent, "tool_span": tool}.items()}
print(json.dumps({"trace_id": format(agent.get_span_context().trace_id, "032x"), **ids}))
sys.exit(0 if flushed else 1)
