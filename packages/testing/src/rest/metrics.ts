import type { Input } from "../model/validate.ts";
import type { ResourceStore } from "../sagemaker/resource-store.ts";
import type { Service } from "../service.ts";
import { table } from "../table.ts";
import { type Call, callerOf } from "../world.ts";
import { type RestOperation, restService } from "./rest-service.ts";

interface Point {
  readonly time: number;
  readonly step: number;
  readonly value: number;
}

const seconds = table<number>({ OneMinute: 60, FiveMinute: 300, OneHour: 3600 });

/** Metrics of trial components: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Metrics_Service.html */
export function metrics(resources: ResourceStore): Service {
  /** Points by the trial component's ARN and the metric's name. */
  const series = new Map<string, Point[]>();
  const componentOf = (name: unknown, call: Call): string | undefined =>
    resources
      .of("TrialComponent", { region: call.region, accountId: callerOf(call).accountId })
      .find((each) => each.name === name)?.arn;

  const operations = table<RestOperation>({
    BatchPutMetrics: {
      resource: (input, call) =>
        `arn:aws:sagemaker:${call.region}:${callerOf(call).accountId}:experiment-trial-component/${String(input["TrialComponentName"])}`,
      run(input, call) {
        const arn = componentOf(input["TrialComponentName"], call);
        const data = input["MetricData"] as readonly {
          MetricName: string;
          Timestamp: number;
          Step?: number;
          Value: number;
        }[];
        if (arn === undefined)
          return { Errors: data.map((_, MetricIndex) => ({ Code: "VALIDATION_ERROR", MetricIndex })) };
        for (const { MetricName, Timestamp, Step = 0, Value } of data) {
          const key = `${arn} ${MetricName}`;
          series.set(key, [...(series.get(key) ?? []), { time: Timestamp, step: Step, value: Value }]);
        }
        return {};
      },
    },
    BatchGetMetrics: {
      resource: () => "*",
      run: (input) => ({
        MetricQueryResults: (input["MetricQueries"] as readonly Input[]).map((query) => answer(query)),
      }),
    },
  });

  function answer(query: Input): Input {
    const points = series.get(`${String(query["ResourceArn"])} ${String(query["MetricName"])}`) ?? [];
    const width = seconds[String(query["Period"])];
    const byTime = query["XAxisType"] === "Timestamp";
    const start = Number(query["Start"] ?? Number.NEGATIVE_INFINITY);
    const end = Number(query["End"] ?? Number.POSITIVE_INFINITY);
    const groups = new Map<number, number[]>();
    for (const { time, step, value } of points) {
      const x = byTime ? Math.floor(time / (width ?? 1)) * (width ?? 1) : step;
      if (x < start || x > end) continue;
      groups.set(x, [...(groups.get(x) ?? []), value]);
    }
    const ordered = [...groups].toSorted(([a], [b]) => a - b);
    return {
      Status: "Complete",
      XAxisValues: ordered.map(([x]) => x),
      MetricValues: ordered.map(([, values]) => statistic(String(query["MetricStat"]), values)),
    };
  }

  return restService({
    name: "metrics",
    model: "sagemaker-metrics",
    invalid: "ValidationException",
    operations,
    reset: () => series.clear(),
  });
}

function statistic(name: string, values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  switch (name) {
    case "Min":
      return Math.min(...values);
    case "Max":
      return Math.max(...values);
    case "Count":
      return values.length;
    case "Avg":
      return mean;
    case "StdDev":
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    default:
      return values.at(-1) ?? 0;
  }
}
