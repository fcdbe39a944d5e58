using System.Data.Common;
using Dapper;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Payments.Cards;

/// <summary>Whose card is whose, and which accounts share one: what no single account's grain can know.</summary>
internal sealed class CardBook(Database database)
{
    private const string InsertAccount =
        "insert into card_account(fingerprint, account_id, first_at) values (@fingerprint, @accountId, @at) on conflict (fingerprint, account_id) do nothing";

    /// <summary>Notes a saved card and, by its fingerprint, that this account has it. Idempotent.</summary>
    /// <param name="fingerprint">The provider's, the same for the same card number; null when it does not tell.</param>
    public Task AddAsync(string paymentMethod, string accountId, string? fingerprint, DateTimeOffset now) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var at = Microseconds.Of(now);
            await connection.ExecuteAsync(
                "insert into saved_card(payment_method, account_id, saved_at) values (@paymentMethod, @accountId, @at) on conflict (payment_method) do nothing",
                new { paymentMethod, accountId, at }, transaction);
            return fingerprint is null ? 0 : await connection.ExecuteAsync(InsertAccount, new { fingerprint, accountId, at }, transaction);
        });

    /// <summary>Notes that this account pays with a card, saved or not. Idempotent; writes only the first time.</summary>
    /// <param name="atMost">How far accounts are counted.</param>
    /// <returns>How many accounts have saved this card or tried to pay with it, this one included: at most one more than <paramref name="atMost"/>.</returns>
    public async Task<int> NoteAsync(string fingerprint, string accountId, int atMost, DateTimeOffset now)
    {
        await using (var connection = await database.OpenAsync())
        {
            if (await connection.ExecuteScalarAsync<int>(
                "select count(*) from card_account where fingerprint = @fingerprint and account_id = @accountId", new { fingerprint, accountId }) > 0)
            {
                return await CountAsync(connection, fingerprint, atMost);
            }
        }

        await database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            InsertAccount, new { fingerprint, accountId, at = Microseconds.Of(now) }, transaction));
        return await CountAccountsAsync(fingerprint, atMost);
    }

    /// <summary>Forgets a saved card. That this account had it stays known.</summary>
    public Task RemoveAsync(string paymentMethod, string accountId) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "delete from saved_card where payment_method = @paymentMethod and account_id = @accountId", new { paymentMethod, accountId }, transaction));

    /// <summary>Whose saved card it is; null: nobody's.</summary>
    public async Task<string?> FindOwnerAsync(string paymentMethod)
    {
        await using var connection = await database.OpenAsync();
        return await connection.ExecuteScalarAsync<string?>("select account_id from saved_card where payment_method = @paymentMethod", new { paymentMethod });
    }

    /// <summary>How many accounts have saved this card or tried to pay with it; counted up to one more than <paramref name="atMost"/>.</summary>
    public async Task<int> CountAccountsAsync(string fingerprint, int atMost)
    {
        await using var connection = await database.OpenAsync();
        return await CountAsync(connection, fingerprint, atMost);
    }

    private static Task<int> CountAsync(DbConnection connection, string fingerprint, int atMost) => connection.ExecuteScalarAsync<int>(
        "select count(*) from (select 1 as one from card_account where fingerprint = @fingerprint limit @limit) as accounts",
        new { fingerprint, limit = atMost + 1 });
}
