/** The text of `sagemaker-model.js`, made from the botocore in this directory and the installed SDK. */
export declare function generate(botocore: string): string;
/** The directory of the botocore that python3 imports; undefined if there is no such botocore. */
export declare function installedBotocore(): string | undefined;
