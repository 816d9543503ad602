/** What the plugin reads of a Backstage app's configuration. */
export interface Config {
  /**
   * Keeps Port's catalog true to PagerDuty. Where credentials are not given here, those of PagerDuty's and
   * Port's own Backstage plugins are used (`pagerDuty.apiToken`, `pagerDuty.oauth`, `port.api`).
   */
  pagerport?: {
    pagerduty?: {
      /**
       * PagerDuty API key or OAuth token. Read-only is enough, unless `webhook.manage` is true and there is no
       * `webhookToken`.
       * @visibility secret
       */
      token?: string;
      /**
       * PagerDuty API key or OAuth token for webhook subscriptions alone, of the same account, so that the one
       * that reads can be read-only. Default: the same
       * @visibility secret
       */
      webhookToken?: string;
      /** Address of PagerDuty's API: https://api.eu.pagerduty.com for accounts in the EU region. */
      apiUrl?: string;
      /**
       * Secrets of PagerDuty's webhook subscriptions: a list, or one text with commas between them.
       * @deepVisibility secret
       */
      webhookSecrets?: string[] | string;
    };
    port?: {
      /** Client ID of Port's API credentials. */
      clientId?: string;
      /**
       * Client secret of Port's API credentials.
       * @visibility secret
       */
      clientSecret?: string;
      /** Address of Port's API: https://api.us.getport.io for accounts in the US region. */
      baseUrl?: string;
    };
    /**
     * What the integration is called in Port; the entities that it writes belong to it.
     * Default: my-pagerduty-integration
     */
    integrationIdentifier?: string;
    /**
     * The PagerDuty account that the token must be of: acme of acme.pagerduty.com. Default: the one that
     * served first, remembered
     */
    expectAccount?: string;
    /** Id of the organisation in Port that the credentials must be of. Default: the one that served first */
    expectPortOrg?: string;
    /** The mapping. Default: the one that is stored with the integration in Port, else our own. */
    mapping?: { [key: string]: unknown };
    /** A file with the mapping, YAML or JSON, in the place of `mapping`. */
    mappingFile?: string;
    /** When a resync begins, in the format of Backstage's scheduler. Default: every hour. */
    schedule?: { [key: string]: unknown };
    webhook?: {
      /** Where PagerDuty reaches the webhook: https://…/api/pagerport/webhook */
      publicUrl?: string;
      /** Whether the plugin makes and watches its own webhook subscription. Default: false */
      manage?: boolean | string;
    };
    /** Whether missing blueprints and the integration are made in Port. Default: true */
    initializePortResources?: boolean | string;
    /** Integrations in Port whose entities are written from here on; it is remembered. */
    takeOver?: string[] | string;
    /** Integrations in Port whose entities are meant to stay theirs. */
    leaveTo?: string[] | string;
    /** What becomes of incidents in Port that are older than what a run reads. Default: keep */
    agedIncidents?: "keep" | "delete";
    /**
     * The highest share of a blueprint's entities that may go in seven days, 0 to 1; the mapping's
     * `entityDeletionThreshold` may be lower. Default: 0.2
     */
    deletionThreshold?: number | string;
    /** Days that what was deleted can be put back, and that dead letters are kept. Default: 90 */
    keepDays?: number | string;
    /**
     * The same for what ends by itself all the time: on-calls, and incidents where agedIncidents is delete.
     * Default: 7
     */
    keepRotatingDays?: number | string;
    /**
     * MiB that what was deleted may take; beyond it on-calls and the like are dropped, then nothing is deleted;
     * 0 = no limit. Default: 512
     */
    journalLimit?: number | string;
    /** Hours after which a resync reads everything again; 0 = always. Default: 24 */
    fullResyncInterval?: number | string;
    /** Hours between comparisons of Port's catalog with PagerDuty, which write nothing; 0 = none. Default: 24 */
    verifyInterval?: number | string;
    /** Entities of a blueprint that such a comparison reads field by field; 0 or all = all. Default: 200 */
    verifySample?: number | string;
    /**
     * Users and groups who may act where the portal has no permission framework: resync, restore, approve,
     * reject, pause and resume. References such as group:default/on-call. Default: nobody
     */
    allowActions?: string[] | string;
  };
}
