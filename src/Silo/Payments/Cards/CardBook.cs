using Dapper;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Payments.Cards;

/// <summary>Whose card is whose, and which accounts share one: what no single account's grain can know.</summary>
internal sealed class CardBook(Database database)
{
    /// <summary>Notes a saved card and, by its fingerprint, that this account has it. Idempotent.</summary>
    /// <param name="fingerprint">The provider's, the same for the same card number; null when it does not tell.</param>
    public Task AddAsync(string paymentMethod, string accountId, string? fingerprint, DateTimeOffset now) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var at = Microseconds.Of(now);
            await connection.ExecuteAsync(
                "insert into saved_card(payment_method, account_id, saved_at) values (@paymentMethod, @accountId, @at) on conflict (payment_method) do nothing",
                new { paymentMethod, accountId, at }, transaction);
            if (fingerprint is null) { return 0; }
            return await connection.ExecuteAsync(
                "insert into card_account(fingerprint, account_id, first_at) values (@fingerprint, @accountId, @at) on conflict (fingerprint, account_id) do nothing",
                new { fingerprint, accountId, at }, transaction);
        });

    /// <summary>Forgets a saved card. That this account had it stays known.</summary>
    public Task RemoveAsync(string paymentMethod, string accountId) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "delete from saved_card where payment_method = @paymentMethod and account_id = @accountId", new { paymentMethod, accountId }, transaction));

    /// <summary>Whose saved card it is; null: nobody's.</summary>
    public async Task<string?> FindOwnerAsync(string paymentMethod)
    {
        await using var connection = await database.OpenAsync();
        return await connection.ExecuteScalarAsync<string?>("select account_id from saved_card where payment_method = @paymentMethod", new { paymentMethod });
    }

    /// <summary>How many accounts have saved a card that this account has saved: the most of any of its cards, itself included. For velocity rules.</summary>
    public async Task<int> CountSharersAsync(string accountId)
    {
        await using var connection = await database.OpenAsync();
        return await connection.ExecuteScalarAsync<int?>(
            """
            select max(sharers) from (
                select count(*) as sharers from card_account
                where fingerprint in (select fingerprint from card_account where account_id = @accountId) group by fingerprint) as shared
            """,
            new { accountId }) ?? 0;
    }
}
