import type { Input } from "../model/validate.ts";
import type { ResourceStore } from "../sagemaker/resource-store.ts";
import type { Service } from "../service.ts";
import { table } from "../table.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Call, callerOf } from "../world.ts";
import { type RestOperation, restService } from "./rest-service.ts";

interface StoredRecord {
  readonly id: string;
  readonly values: readonly Input[];
  readonly eventTime: string;
  /** Milliseconds since the epoch; undefined: it never expires. */
  readonly expiresAt: number | undefined;
  readonly deleted: boolean;
}

const units = table<number>({ Seconds: 1, Minutes: 60, Hours: 3600, Days: 86_400, Weeks: 604_800 });

/** The feature store: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Feature_Store_Runtime.html */
export function featureStore(resources: ResourceStore): Service {
  /** Records by the group's ARN, then by the record's identifier. */
  const stores = new Map<string, Map<string, StoredRecord>>();

  const groupOf = (name: unknown, call: Call): GroupView => {
    const short = String(name).split("/").at(-1) ?? "";
    const scope = { region: call.region, accountId: callerOf(call).accountId };
    const group = resources.of("FeatureGroup", scope).find((each) => each.name === short || each.arn === name);
    if (group === undefined)
      throw new AwsError("ResourceNotFound", `FeatureGroup ${short} does not exist.`, { status: 404 });
    const records = stores.get(group.arn) ?? new Map<string, StoredRecord>();
    stores.set(group.arn, records);
    const features = new Map(
      (group.members["FeatureDefinitions"] as readonly Input[]).map((each) => [String(each["FeatureName"]), each]),
    );
    return {
      name: group.name,
      storage: storageOf(group.members["OnlineStoreConfig"]),
      idFeature: String(group.members["RecordIdentifierFeatureName"]),
      timeFeature: String(group.members["EventTimeFeatureName"]),
      features,
      records,
    };
  };

  const live = (group: GroupView, id: string, call: Call): StoredRecord | undefined => {
    const record = group.records.get(id);
    const expired = record?.expiresAt !== undefined && record.expiresAt <= call.world.clock.now();
    return record === undefined || record.deleted || expired ? undefined : record;
  };

  const put = (input: Input, call: Call): void => {
    const group = groupOf(input["FeatureGroupName"], call);
    const values = input["Record"] as readonly Input[];
    checkFeatures(values, group);
    const id = valueOf(values, group.idFeature);
    const eventTime = valueOf(values, group.timeFeature);
    if (id === undefined) throw invalid(`Missing mandatory record identifier feature ${group.idFeature}.`);
    if (eventTime === undefined) throw invalid(`Missing mandatory event time feature ${group.timeFeature}.`);
    const known = group.records.get(id);
    // An older event does not overwrite a newer one.
    if (known !== undefined && timeOf(known.eventTime) > timeOf(eventTime)) return;
    const ttl = input["TtlDuration"] as Ttl | undefined;
    const expiresAt = ttl === undefined ? undefined : endOf(eventTime, ttl);
    group.records.set(id, { id, values, eventTime, expiresAt, deleted: false });
  };

  const update = (input: Input, call: Call): void => {
    const group = groupOf(input["FeatureGroupName"], call);
    if (group.storage !== "Standard_V2" && group.storage !== "InMemory") {
      throw invalid(
        `UpdateRecord needs an online store of type Standard_V2 or InMemory; that of ${group.name} is ${group.storage}.`,
      );
    }
    const changes = input["Features"] as readonly Input[];
    checkFeatures(changes, group);
    const id = String(input["RecordIdentifierValueAsString"]);
    if ((valueOf(changes, group.idFeature) ?? id) !== id) throw invalid("The record identifier cannot be changed.");
    const eventTime = valueOf(changes, group.timeFeature);
    const ttl = input["TtlDuration"] as Ttl | undefined;
    if (ttl !== undefined && eventTime === undefined) throw invalid("TtlDuration needs an EventTime in the request.");
    const record = live(group, id, call);
    if (record === undefined) {
      throw new AwsError("ResourceNotFound", `Record ${id} does not exist in ${group.name}.`, { status: 404 });
    }
    if (eventTime !== undefined && timeOf(eventTime) < timeOf(record.eventTime)) {
      throw new AwsError("ConflictException", "The EventTime is older than the record's.", { status: 409 });
    }
    const changed = new Set(changes.map((each) => each["FeatureName"]));
    group.records.set(id, {
      ...record,
      values: [...record.values.filter((each) => !changed.has(each["FeatureName"])), ...changes],
      eventTime: eventTime ?? record.eventTime,
      expiresAt: ttl === undefined ? record.expiresAt : endOf(eventTime ?? record.eventTime, ttl),
    });
  };

  const shown = (record: StoredRecord, names: unknown, expiry: unknown): Input => ({
    Record: record.values.filter(({ FeatureName }) => !Array.isArray(names) || names.includes(FeatureName)),
    ...(expiry === "Enabled" && record.expiresAt !== undefined
      ? { ExpiresAt: new Date(record.expiresAt).toISOString() }
      : {}),
  });

  const operations = table<RestOperation>({
    PutRecord: {
      resource: groupArn,
      run(input, call) {
        put(input, call);
        return {};
      },
    },
    UpdateRecord: {
      resource: groupArn,
      run(input, call) {
        update(input, call);
        return {};
      },
    },
    GetRecord: {
      resource: groupArn,
      run(input, call) {
        const record = live(
          groupOf(input["FeatureGroupName"], call),
          String(input["RecordIdentifierValueAsString"]),
          call,
        );
        return record === undefined ? {} : shown(record, input["FeatureNames"], input["ExpirationTimeResponse"]);
      },
    },
    DeleteRecord: {
      resource: groupArn,
      run(input, call) {
        const group = groupOf(input["FeatureGroupName"], call);
        const id = String(input["RecordIdentifierValueAsString"]);
        const record = group.records.get(id);
        if (input["DeletionMode"] === "HardDelete") group.records.delete(id);
        else if (record !== undefined) group.records.set(id, { ...record, deleted: true });
        return {};
      },
    },
    ListRecords: {
      resource: groupArn,
      run(input, call) {
        const group = groupOf(input["FeatureGroupName"], call);
        const ids = [...group.records.values()]
          .filter((record) => input["IncludeSoftDeletedRecords"] === true || live(group, record.id, call) !== undefined)
          .map(({ id }) => id);
        const start = Number(input["NextToken"] ?? 0);
        const end = start + Number(input["MaxResults"] ?? 100);
        return { RecordIdentifiers: ids.slice(start, end), ...(end < ids.length ? { NextToken: String(end) } : {}) };
      },
    },
    BatchGetRecord: {
      resource: () => "*",
      run(input, call) {
        const records: Input[] = [];
        const errors: Input[] = [];
        for (const each of input["Identifiers"] as readonly Input[]) {
          for (const id of each["RecordIdentifiersValueAsString"] as readonly string[]) {
            const about = { FeatureGroupName: each["FeatureGroupName"], RecordIdentifierValueAsString: id };
            try {
              const record = live(groupOf(each["FeatureGroupName"], call), id, call);
              if (record !== undefined) {
                records.push({ ...about, ...shown(record, each["FeatureNames"], input["ExpirationTimeResponse"]) });
              }
            } catch (error) {
              errors.push({ ...about, ...reported(error) });
            }
          }
        }
        return { Records: records, Errors: errors, UnprocessedIdentifiers: [] };
      },
    },
    BatchWriteRecord: {
      resource: () => "*",
      run(input, call) {
        const errors: Input[] = [];
        for (const entry of input["Entries"] as readonly Input[]) {
          try {
            put({ TtlDuration: input["TtlDuration"], ...entry }, call);
          } catch (error) {
            errors.push({ Entry: entry, ...reported(error) });
          }
        }
        return { Errors: errors, UnprocessedEntries: [] };
      },
    },
  });
  return restService({
    name: "featurestore-runtime",
    model: "sagemaker-featurestore-runtime",
    invalid: "ValidationError",
    operations,
    reset: () => stores.clear(),
  });
}

interface GroupView {
  readonly name: string;
  readonly storage: string;
  readonly idFeature: string;
  readonly timeFeature: string;
  readonly features: ReadonlyMap<string, Input>;
  readonly records: Map<string, StoredRecord>;
}

function storageOf(config: unknown): string {
  return (config as { readonly StorageType?: string } | undefined)?.StorageType ?? "Standard";
}

interface Ttl {
  readonly Unit: string;
  readonly Value: number;
}

function endOf(eventTime: string, { Unit, Value }: Ttl): number {
  return timeOf(eventTime) + Value * (units[Unit] ?? 1) * 1000;
}

function valueOf(values: readonly Input[], feature: string): string | undefined {
  return values.find((each) => each["FeatureName"] === feature)?.["ValueAsString"] as string | undefined;
}

function checkFeatures(values: readonly Input[], group: GroupView): void {
  const unknown = values.find((each) => !group.features.has(String(each["FeatureName"])));
  if (unknown !== undefined)
    throw invalid(`Feature ${String(unknown["FeatureName"])} does not exist in ${group.name}.`);
}

function groupArn(input: Input, call: Call): string {
  const name = String(input["FeatureGroupName"]);
  return name.startsWith("arn:")
    ? name
    : `arn:aws:sagemaker:${call.region}:${callerOf(call).accountId}:feature-group/${name}`;
}

/** Event times are ISO 8601 or seconds since the epoch. */
function timeOf(text: string): number {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationError", message);
}

function reported(error: unknown): Input {
  if (!(error instanceof AwsError)) throw error;
  return { ErrorCode: error.code, ErrorMessage: error.message };
}
