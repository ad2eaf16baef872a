// An example that a person gives to a model in the page, and what the model made of it. Shared by asking and editing.

/** An image or a text: one of a person's own, or one of a page of features. */
export type Example = ImageExample | TextExample;

/** An image: the bytes of a file, or an example of a page of features. */
export interface ImageExample {
  readonly image:
    | { /** Base64 of the file. */ readonly upload: string; readonly name?: string }
    | { /** Id of the page of features. */ readonly features: string; readonly example: number };
}

/** A text as it was typed. */
export interface TextExample {
  readonly text: string;
}

/** What a model saw of an image. */
export interface ImageSeen {
  readonly kind: 'image';
  /** The pixels that went into the model, as a data URL. */
  readonly picture: string;
  /** Pixels along a side. */
  readonly side: number;
}

/** What a model read of a text. */
export interface TextSeen {
  readonly kind: 'text';
  readonly tokens: readonly string[];
  /** Which of them are not of the text, as the one that begins it. */
  readonly special: readonly boolean[];
}
