using Dapper;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Payouts;

/// <summary>Where a payout stands in the lists. Numbers are stored.</summary>
internal enum PayoutPhase
{
    NotSent = 0,
    WaitsForOperator = 1,
    OnItsWay = 2,
    Over = 3,
}

/// <summary>Which payouts and which accounts at the provider there are. What they are is in their grains.</summary>
internal sealed class PayoutLists(Database database)
{
    /// <summary>Notes a payout. Idempotent.</summary>
    public Task AddAsync(string payoutId, string accountId, DateTimeOffset at) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        """
        insert into payout(payout_id, account_id, requested_at, phase) values (@payoutId, @accountId, @at, 0)
        on conflict (payout_id) do nothing
        """,
        new { payoutId, accountId, at = Microseconds.Of(at) }, transaction));

    /// <summary>Notes where it stands.</summary>
    public Task SetPhaseAsync(string payoutId, PayoutPhase phase) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "update payout set phase = @phase where payout_id = @payoutId", new { payoutId, phase = (int)phase }, transaction));

    /// <summary>The payout was refused and never was.</summary>
    public Task ForgetAsync(string payoutId) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "delete from payout where payout_id = @payoutId", new { payoutId }, transaction));

    /// <summary>Somebody's payouts, newest first.</summary>
    public async Task<IReadOnlyList<string>> ReadOfAsync(string accountId, int take)
    {
        await using var connection = await database.OpenAsync();
        return (await connection.QueryAsync<string>(
            "select payout_id from payout where account_id = @accountId order by requested_at desc, payout_id desc limit @take",
            new { accountId, take })).AsList();
    }

    /// <summary>Somebody's payouts that were asked for since then, newest first.</summary>
    public async Task<IReadOnlyList<string>> ReadSinceAsync(string accountId, DateTimeOffset since, int take)
    {
        await using var connection = await database.OpenAsync();
        return (await connection.QueryAsync<string>(
            """
            select payout_id from payout where account_id = @accountId and requested_at > @since
            order by requested_at desc, payout_id desc limit @take
            """,
            new { accountId, since = Microseconds.Of(since), take })).AsList();
    }

    /// <summary>Payouts that wait for an operator, oldest first.</summary>
    public async Task<IReadOnlyList<string>> ReadWaitingAsync(int take)
    {
        await using var connection = await database.OpenAsync();
        return (await connection.QueryAsync<string>(
            "select payout_id from payout where phase = 1 order by requested_at, payout_id limit @take", new { take })).AsList();
    }

    /// <summary>Somebody's payouts that a bank can still say something about, newest first.</summary>
    public async Task<IReadOnlyList<string>> ReadAtBankAsync(string accountId, DateTimeOffset since, int take)
    {
        await using var connection = await database.OpenAsync();
        return (await connection.QueryAsync<string>(
            """
            select payout_id from payout where account_id = @accountId and (phase = 2 or (phase = 3 and requested_at >= @since))
            order by requested_at desc, payout_id desc limit @take
            """,
            new { accountId, since = Microseconds.Of(since), take })).AsList();
    }

    /// <summary>Notes whose an account at the provider is. Idempotent.</summary>
    public Task AddAccountAsync(string providerId, string accountId) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "insert into payout_account(provider_id, account_id) values (@providerId, @accountId) on conflict (provider_id) do nothing",
        new { providerId, accountId }, transaction));

    /// <summary>Whose an account at the provider is; null when nobody's of ours.</summary>
    public async Task<string?> FindAccountAsync(string providerId)
    {
        await using var connection = await database.OpenAsync();
        return await connection.ExecuteScalarAsync<string?>("select account_id from payout_account where provider_id = @providerId", new { providerId });
    }
}
