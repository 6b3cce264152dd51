//  story - a stranger's program: what openapi-ts made of the description, and nothing else,
//  registers a member, links a bank account, recharges a wallet and pays with it.
//
//  In: HAPPY_URL, HAPPY_TOKEN (an operator's), HAPPY_NUMBER and HAPPY_NAME (an account at the
//  bank), HAPPY_MERCHANT. Out: one JSON object. Compiled strictly, so that the types made of
//  the schemas are held against what the program does with them.

import { randomUUID } from 'node:crypto';
import { createPayment, getPayment, getWallet, linkBankAccount, listWallets, logIn, rechargeWallet,
         refundPayment, registerMember } from './made';
import { client } from './made/client.gen';

const settings = process.env as Record<string, string>;
let token = '';
client.setConfig({ baseUrl: settings.HAPPY_URL, auth: () => token });

const key = () => ({ 'Idempotency-Key': randomUUID() });

async function story() {
    const login = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
    const throwOnError = true;
    const { data: member } = await registerMember({ throwOnError, headers: key(), body: {
        ...login, name: settings.HAPPY_NAME, wallet: true } });
    const { data: session } = await logIn({ throwOnError, body: login });
    token = session.access_token;
    const { data: account } = await linkBankAccount({ throwOnError, headers: key(), body: {
        member_id: member.id, bank_code: 'apple', account_number: settings.HAPPY_NUMBER } });
    const { data: wallets } = await listWallets({ throwOnError, query: { member_id: [member.id] } });
    const path = { id: wallets.data[0].id };
    const { data: recharge } = await rechargeWallet({ throwOnError, headers: key(), path, body: {
        amount: 50_000, currency: 'KRW', bank_account_id: account.id } });
    const { data: payment } = await createPayment({ throwOnError, headers: key(), body: {
        member_id: member.id, merchant_id: settings.HAPPY_MERCHANT, order_id: randomUUID(),
        amount: 12_345, currency: 'KRW' } });
    const { data: wallet } = await getWallet({ throwOnError, path });
    const tooMuch = await createPayment({ headers: key(), body: {
        member_id: member.id, merchant_id: settings.HAPPY_MERCHANT, order_id: randomUUID(),
        amount: 999_999, currency: 'KRW' } });
    token = settings.HAPPY_TOKEN;
    const { data: refund } = await refundPayment({ throwOnError, headers: key(),
        path: { id: payment.id }, body: { amount: 345 } });
    const { data: read } = await getPayment({ throwOnError, path: { id: payment.id } });
    return {
        account: account.status, recharge: recharge.status, payment: payment.status,
        balance: wallet.balance, refused: tooMuch.response.status, code: tooMuch.error?.code,
        refund: refund.status, refunded: read.amount_refunded, member: member.id };
}

story().then((told) => console.log(JSON.stringify(told)), (error) => {
    console.error(error);
    process.exitCode = 1;
});
