declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  /** The options are in the documentation of swagger-ui, under "Configuration". */
  export default function SwaggerUIBundle(options: { [name: string]: unknown }): unknown;
}
