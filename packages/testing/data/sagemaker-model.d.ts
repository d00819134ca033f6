/** The models that the data comes from, with their versions. */
export declare const source: string;
/** One line for each service (`= name`), operation (`> name …`) and shape (`name …`). `src/model/model.ts` reads it. */
export declare const model: string;
