// A real OpenID provider for the tests: node server.mjs, one JSON object with its settings on standard input.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

const given = JSON.parse(await text(process.stdin));
const api = 'urn:daizheng:api';
const claims = ['name', 'role', 'uscc', 'organization_name', 'person_number'];
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const client = (id, redirect) => ({
  client_id: id,
  client_secret: given.secret,
  redirect_uris: [redirect],
  post_logout_redirect_uris: [new URL('/', redirect).href],
});

const provider = new Provider(given.issuer, {
  clients: [client('daizheng', given.redirect), client('program', 'http://127.0.0.1:1/back')],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  claims: { openid: ['sub'], profile: claims },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  ttl: { Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
  findAccount: async (_ctx, sub) => (given.people[sub] ? { accountId: sub, claims: async () => ({ sub, ...given.people[sub] }) } : undefined),
  // The house is the provider's own service: nobody is asked whether it may know who they are.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile');
    grant.addOIDCClaims(claims);
    grant.addResourceScope(api, 'daizheng account report_list');
    await grant.save();
    return grant;
  },
  // auth_time as RFC 9068 has it: when the person signed in, not when the token was made.
  extraTokenClaims: async (ctx, token) => ({
    ...given.people[token.accountId], person_number: undefined, auth_time: ctx.oidc.entities.AuthorizationCode?.authTime,
  }),
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: async () => ({
        audience: api, scope: 'daizheng account report_list', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});

provider.listen(Number(new URL(given.issuer).port), '127.0.0.1', () => console.log('ready'));
