"""A receiver of OpenTelemetry metrics, for tests/it/metrics.rs.

It takes OTLP over HTTP and reads it with the messages that OpenTelemetry publishes and Google's protobuf: neither is
ours. Its first line says the port; every further one is a data point as JSON. It ends when its input does.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

SAYING = threading.Lock()


def attributes(pairs):
    return {pair.key: pair.value.string_value for pair in pairs}


def points(request):
    for resource_metrics in request.resource_metrics:
        resource = attributes(resource_metrics.resource.attributes)
        for scope in resource_metrics.scope_metrics:
            for metric in scope.metrics:
                kind = metric.WhichOneof("data")
                data = getattr(metric, kind)
                for point in data.data_points:
                    value = point.count if kind == "histogram" else getattr(point, point.WhichOneof("value"))
                    yield {
                        "resource": resource,
                        "name": metric.name,
                        "unit": metric.unit,
                        "described": bool(metric.description),
                        "kind": kind,
                        "temporality": AggregationTemporality.Name(data.aggregation_temporality)
                        if kind != "gauge"
                        else None,
                        "attributes": attributes(point.attributes),
                        "value": value,
                        "sum": point.sum if kind == "histogram" else None,
                        "complete": bool(MessageToDict(point).get("timeUnixNano")),
                    }


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/metrics", self.path
        assert self.headers["Content-Type"] == "application/x-protobuf"
        request = ExportMetricsServiceRequest.FromString(body)
        with SAYING:
            for point in points(request):
                print(json.dumps(point | {"key": self.headers["api-key"]}), flush=True)
        answer = ExportMetricsServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
print(json.dumps({"port": server.server_port}), flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
server.shutdown()
