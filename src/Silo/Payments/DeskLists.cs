using Dapper;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Payments;

/// <summary>Which refunds and disputes there are, newest first, for the operator's lists. What they are is in their grains.</summary>
internal sealed class DeskLists(Database database)
{
    /// <summary>Notes a refund. Idempotent.</summary>
    public Task AddRefundAsync(string refundId, DateTimeOffset at) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "insert into refund(refund_id, requested_at) values (@refundId, @at) on conflict (refund_id) do nothing",
        new { refundId, at = Microseconds.Of(at) }, transaction));

    /// <summary>The refund was refused and never was.</summary>
    public Task ForgetRefundAsync(string refundId) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "delete from refund where refund_id = @refundId", new { refundId }, transaction));

    /// <summary>The newest refunds.</summary>
    public async Task<IReadOnlyList<string>> ReadRefundsAsync(int take)
    {
        await using var connection = await database.OpenAsync();
        return (await connection.QueryAsync<string>("select refund_id from refund order by requested_at desc, refund_id desc limit @take", new { take })).AsList();
    }

    /// <summary>Notes a dispute, and whether it is open. Idempotent.</summary>
    public Task SetDisputeAsync(string disputeId, DateTimeOffset createdAt, bool isOpen) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        """
        insert into dispute(dispute_id, created_at, is_open) values (@disputeId, @at, @open)
        on conflict (dispute_id) do update set is_open = excluded.is_open
        """,
        new { disputeId, at = Microseconds.Of(createdAt), open = isOpen ? 1 : 0 }, transaction));

    /// <summary>The newest disputes.</summary>
    public async Task<IReadOnlyList<string>> ReadDisputesAsync(bool onlyOpen, int take)
    {
        await using var connection = await database.OpenAsync();
        return (await connection.QueryAsync<string>(
            "select dispute_id from dispute where is_open >= @least order by created_at desc, dispute_id desc limit @take",
            new { least = onlyOpen ? 1 : 0, take })).AsList();
    }
}
